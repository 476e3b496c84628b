/* SPDX-License-Identifier: MIT
 *
 * Warnings: what a referee would ask before a number is quoted.  Each is one function of a report
 * that adds lines to report->warnings, or to those of a law or pair, naming the arm, the number,
 * the place and the remedy.  Private to the files fit*.c and warn*.c.
 */
#ifndef RESULTS_WARNINGS_H
#define RESULTS_WARNINGS_H

#include "results/fit.h"

/* X(name of the function warn_NAME): all warnings, in the order of the output. */
#define WARNINGS(X)          \
	X(diverged)          \
	X(missing_cells)     \
	X(edges)             \
	X(edge_sizes)        \
	X(flat_optima)       \
	X(unequal_settings)  \
	X(unequal_compute)   \
	X(newton_schulz)     \
	X(few_steps)         \
	X(repeated_data)     \
	X(mixed)             \
	X(multiplied_tokens) \
	X(schedules)         \
	X(one_seed)          \
	X(bimodal_seeds)     \
	X(small_differences) \
	X(few_sizes)         \
	X(few_budgets)       \
	X(baseline)          \
	X(few_replicates)    \
	X(degenerate)        \
	X(off_centre)        \
	X(incomplete_points) \
	X(outliers)          \
	X(approach_2)        \
	X(extrapolation)

#define X(name) void warn_##name(struct fit_report *report);
WARNINGS(X)
#undef X

/* A list of which only the first few are named: "a; b; c and 4 more". */
struct naming {
	struct text text;
	size_t n;
};

void naming_add(struct naming *naming, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool naming_full(const struct naming *naming); /* what is added is only counted */
const char *naming_end(struct naming *naming); /* the text */
void naming_release(struct naming *naming);

/* "43.2k params, 1.5e+11 FLOPs", without what is not known.  Returns `buffer`. */
#define PLACE_SIZE 96
const char *place_text(char buffer[PLACE_SIZE], double params, double flops);
const char *cell_place(char buffer[PLACE_SIZE], const struct study *study, size_t cell);

#endif
