/* SPDX-License-Identifier: MIT
 *
 * A study: the final rows of an experiment, arranged as arms (optimizers or labels), cells (what
 * is compared: arm, size, budget, batch unless it was tuned) and settings (what was tuned inside a
 * cell), and as strata and clusters for the bootstrap.
 */
#ifndef RESULTS_STUDY_H
#define RESULTS_STUDY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "results/observation.h"

/* Budgets are told apart by more than this, since steps are rounded. */
#define BUDGET_TOLERANCE 0.03

enum count_params { COUNT_TOTAL, COUNT_NON_EMBEDDING };
/* X(name in C, name, meaning): what C counts. */
#define COUNT_FLOPS_KINDS(X)             \
	X(EXACT, "exact", "as counted")  \
	X(6ND, "6nd", "6 params tokens") \
	X(6N_NONEMB_D, "6n_nonemb_d", "6 (params without embedding and head) tokens")

#define X(name, ...) COUNT_##name,
enum count_flops { COUNT_FLOPS_KINDS(X) };
#undef X

const char *count_flops_name(enum count_flops flops);
const char *count_flops_meaning(enum count_flops flops);

struct study_options {
	enum count_params params;
	enum count_flops flops;
	bool count_optimizer; /* the laws' C includes flops_optimizer */
	bool test_loss;	      /* loss = test_loss */
	const char *group_by; /* columns, comma-separated; NULL or "": observation_arm() */
};

struct study_trial {
	size_t arm, cell, setting; /* setting: index within the cell */
	size_t line;		   /* within the cell; its settings differ in lr alone */
	size_t stratum, cluster;   /* of the bootstrap; cluster: index within the stratum */
	size_t cell_cluster;	   /* index into the cell's clusters */
	size_t size, budget;	   /* ids of what shares a size, a budget */
	double params, tokens, flops, flops_optimizer, loss; /* as the options count them */
	double lr, weight_decay, batch_tokens, steps, ln_lr;
	double target; /* loss whose cost the row gives; NAN: none is named */
	bool costs;    /* gives what a target cost; its own loss is NAN */
	const struct observation *row;
};

struct study_arm {
	const char *name;      /* for people and JSON: "muon", "muon 4096" */
	const char *first;     /* the value of the first column of group_by */
	const char *rest;      /* the other values; "" without */
	const char *optimizer; /* NULL: unknown */
	size_t n_trials, n_cells, n_diverged;
	size_t settings_min, settings_max; /* settings a cell */
	size_t n_seeds;			   /* of the cell that has fewest */
};

struct study_cell {
	size_t arm, stratum;
	size_t first, n_trials; /* its trials lie together */
	size_t n_settings;
	size_t budget_group;	/* cells that share a compute budget, over arms and sizes */
	size_t n_clusters;	/* that have a trial here: seeds, mostly */
	const size_t *clusters; /* n_clusters of the stratum's */
	bool single;		/* nothing to draw: its noise must come from residuals */
	bool linked;		/* its trunks carry other budgets, too */
};

/* A diverged trial. */
struct study_lost {
	size_t arm;
	const struct observation *row;
};

/* Rows that are not fitted, by reason. */
struct study_dropped {
	size_t curve_points, diverged, unfinished, missing, duplicates;
};

struct study {
	struct study_trial *trials; /* sorted by cell */
	struct study_arm *arms;	    /* in order of appearance */
	struct study_cell *cells;   /* sorted by arm, size, budget */
	struct study_lost *lost;    /* dropped.diverged of them */
	size_t *stratum_clusters;   /* clusters in each stratum */
	size_t n_trials, n_arms, n_cells, n_strata, n_budget_groups;
	size_t n_sizes;
	size_t n_multiplied; /* trials whose tokens are steps x batch, in the batch's unit */
	size_t n_seeds;	     /* of the cell that has most; 0 where rows come as they are */
	unsigned columns;    /* enum law_column that some trial has */
	bool has_params, has_tokens, has_optimizer_flops; /* some trial has them */
	bool as_is;	/* no tuning or seeds known: every row is a point */
	bool scattered; /* no budgets shared by sizes: the frontier is what nothing dominates */
	bool resampled; /* some stratum has several clusters */
	bool pooled;	/* whole points are drawn, all strata being one */
	bool bucketed;	/* every trial has the sums of its held-out buckets */
	enum observation_slice slice; /* whose */
	bool count_optimizer;	      /* as the options */
	enum count_flops counted;     /* as the options, or what the rows' exact count really is */
	struct study_dropped dropped;
	struct arena arena;
};

/* `set` must outlive the study.  ERR_USAGE: unknown column; ERR_FIT: no row to fit. */
int study_build(struct study *study, const struct observations *set,
		const struct study_options *options, struct error *err);
void study_release(struct study *study);

#endif
