/* SPDX-License-Identifier: MIT
 *
 * Everything that is computed from one set of observations: points, frontier, laws with
 * intervals, efficiency, warnings.  `fit`, the figures and the report all print this.
 */
#ifndef RESULTS_FIT_H
#define RESULTS_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "results/backtest.h"
#include "results/efficiency.h"
#include "results/law.h"
#include "results/observation.h"
#include "results/selection.h"
#include "results/specification.h"

struct fit_options {
	struct study_options study;
	const char *laws;      /* comma-separated; NULL or "": every law whose columns are there */
	bool loss_given;       /* else each law's own objective */
	struct robust robust;  /* where loss_given */
	bool envelope_bins;    /* law envelope by bins of C, not by the hull */
	double delta;	       /* of Huber, also where the law chooses it */
	const char *baseline;  /* the arm (or its first column) that others are compared with */
	bool baseline_given;   /* an error where no arm is it */
	double target;	       /* loss whose compute is asked; NAN: none */
	const double *targets; /* losses that laws of targets are fitted to; none: `target` */
	size_t n_targets;
	const char *at;	   /* evaluate one law at these parameters, no fit; NULL or "": fit */
	double base_batch; /* that critical_batch counts overhead from; 0: the smallest */
	int holdout;	   /* largest budgets left out of the fit and predicted; 0: none */
	int bootstrap;	   /* replicates; 0: no intervals */
	uint64_t seed;
	int threads; /* 0: as many as there are cores; never changes a number */
	/* Called now and then from the thread that called, with the share that is done; or NULL. */
	void (*progress)(void *context, double share);
	void *progress_context;
};

/* A law fitted to one arm, a joint law to several. */
struct fit_law {
	const struct law *law;
	const char *group;	   /* the arm's name; "all" of a joint law */
	size_t arms[LAW_MAX_ARMS]; /* the baseline first; study.arms */
	size_t n_arms;
	const char *names[LAW_MAX_PARAMETERS];
	size_t n_parameters;
	struct law_fit fit;
	struct interval interval[LAW_MAX_PARAMETERS];	/* 90 %, as printed; NAN: none */
	struct intervals intervals[LAW_MAX_PARAMETERS]; /* both kinds */
	double *replicates;	      /* n_replicates x n_parameters, those that could be fitted */
	size_t n_replicates;	      /* that could be fitted */
	size_t n_degenerate;	      /* of all: at a bound, or not fitted */
	size_t n_checked, n_better;   /* replicates refitted from all starts; that ended lower */
	size_t n_without;	      /* points that lack a needed column */
	size_t n_left_out;	      /* points that show no optimum, or never reach the target */
	double target;		      /* of a law of targets: the loss; NAN: rows name none */
	size_t size;		      /* likewise: the id of the size */
	double flops_low, flops_high; /* range of the points: outside is extrapolation */
	double holdout_error;	      /* of a fit without the largest budget there: root mean square
				       * of ln(predicted / observed); NAN: none */
	size_t n_holdout;	      /* points of that budget */
	struct text warnings;	      /* one line each */
};

struct fit_target { /* compute to reach options.target */
	size_t arm;
	double flops;
	struct interval interval;
	bool in_range;
};

struct fit_report {
	struct fit_options options; /* its texts are the caller's */
	struct study study;
	struct study_point *points; /* study.n_cells, by arm, size, budget */
	struct fit_law *laws;	    /* in the order of laws[], by arm */
	size_t n_laws;
	struct efficiency *pairs; /* baseline against each other arm, by meaning */
	size_t n_pairs;
	struct fit_target *targets;
	size_t n_targets;
	struct specification *specifications; /* by pair, the choice made first; may be none */
	size_t n_specifications;
	struct backtest_point *held_out; /* with options.holdout */
	size_t n_held_out;
	struct backtest_score *scores;
	size_t n_scores;
	struct text warnings; /* one line each */
	struct text refused;  /* laws that could not be fitted, and why; one line each */
	struct arena arena;   /* of names */
};

/* Defaults of every option. */
struct fit_options fit_options_default(void);

/* `set` must outlive the report.  ERR_USAGE (unknown law, column), ERR_FIT (nothing could be
 * fitted, or holdout leaves nothing to fit).  A law that cannot be fitted for one arm is told in
 * `refused`. */
int fit_study(const struct observations *set, const struct fit_options *options,
	      struct fit_report *report, struct error *err);
void fit_report_release(struct fit_report *report);

/* The fit of one arm; NULL where there is none.  `arm`: index into report->study.arms. */
const struct fit_law *fit_report_law(const struct fit_report *report, const char *law, size_t arm);

/* The pair of a meaning and a challenger; NULL where there is none. */
const struct efficiency *fit_report_pair(const struct fit_report *report,
					 enum efficiency_meaning meaning, size_t challenger);

/* The law for an arm's frontier that a figure draws: power_offset, else power, else NULL. */
const struct fit_law *fit_report_curve(const struct fit_report *report, size_t arm);

/* The law at a point and its 90 % band (NAN without replicates). */
double fit_law_at(const struct fit_law *law, const struct law_point *at, struct interval *band);

#endif
