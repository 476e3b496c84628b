/* SPDX-License-Identifier: MIT
 *
 * From observations to the points that laws fit.
 *
 * A study is the final rows of an experiment, arranged as arms (optimizers or labels), cells
 * (what is compared: arm, size, budget, batch unless it was tuned) and settings (what was tuned
 * inside a cell).  The point of a cell is the best of its settings: the vertex of the parabola of
 * loss in ln lr where that is interior, else the best setting.  With several seeds each seed's
 * loss is quoted where the *other* seeds have their optimum, so that the winner's luck is not
 * part of its score.
 */
#ifndef RESULTS_SELECTION_H
#define RESULTS_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "results/observation.h"

enum count_params { COUNT_TOTAL, COUNT_NON_EMBEDDING };
enum count_flops { COUNT_EXACT, COUNT_6ND, COUNT_6N_NONEMB_D };

struct study_options {
	enum count_params params;
	enum count_flops flops;
	bool count_optimizer; /* the laws' C includes flops_optimizer */
	bool test_loss;	      /* loss = test_loss */
	const char *group_by; /* columns, comma-separated; NULL or "": observation_arm() */
};

struct study_trial {
	size_t arm, cell, setting; /* setting: index within the cell */
	size_t stratum, cluster;   /* of the bootstrap; cluster: index within the stratum */
	double params, tokens, flops, flops_optimizer, flops_plain, loss;
	double lr, weight_decay, batch_tokens, seed, steps, epochs;
	double budget; /* nominal FLOPs, else NAN */
	const struct observation *row;
};

struct study_arm {
	const char *name;  /* for people and JSON: "muon", "muon 4096" */
	const char *first; /* the value of the first column of group_by */
	const char *rest;  /* the other values; "" without */
	size_t n_trials, n_cells, n_diverged;
	size_t settings_min, settings_max; /* settings a cell */
};

struct study_cell {
	size_t arm, stratum;
	size_t first, n_trials; /* its trials lie together */
	size_t n_settings, n_lrs, n_clusters;
	size_t budget_group; /* cells that share a compute budget, over arms and sizes */
};

/* Rows that are not fitted, by reason. */
struct study_dropped {
	size_t curve_points, diverged, unfinished, missing, duplicates;
};

struct study {
	struct study_trial *trials; /* sorted by cell */
	struct study_arm *arms;
	struct study_cell *cells; /* sorted by arm, size, budget */
	size_t *stratum_clusters; /* clusters in each stratum */
	size_t n_trials, n_arms, n_cells, n_strata, n_budget_groups;
	size_t n_sizes, n_seeds, n_corpora;
	bool has_params, has_tokens, has_optimizer_flops; /* every trial has them */
	bool has_budgets; /* budget groups hold several sizes, or no size is known */
	struct study_dropped dropped;
	struct arena arena;
};

/* The point of one cell.  `loss` is NAN where the weights left no trial. */
struct study_point {
	size_t arm, cell;
	double params, tokens, flops, flops_optimizer, loss; /* flops: as the options say */
	double lr, batch_tokens;			     /* of the optimum; NAN: unknown */
	bool edge;     /* the best lr is the lowest or highest tried */
	bool bowl;     /* lr is the vertex of a parabola */
	bool single;   /* one cluster: its noise must come from residuals */
	bool frontier; /* the lowest loss of its arm and budget */
};

/* `set` must outlive the study.  ERR_USAGE: unknown column; ERR_FIT: no row to fit. */
int study_build(struct study *study, const struct observations *set,
		const struct study_options *options, struct error *err);
void study_release(struct study *study);

/* Fills one point a cell and marks the frontier.  `weight`: one a trial, NULL: all 1. */
void study_select(const struct study *study, const double *weight, struct study_point *points);

/* Indices of an arm's frontier points by rising FLOPs; returns how many. */
size_t study_frontier(const struct study_point *points, size_t n, size_t arm, size_t *indices);

#endif
