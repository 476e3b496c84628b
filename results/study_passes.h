/* SPDX-License-Identifier: MIT
 *
 * The passes of study_build(), private to the files study*.c.
 */
#ifndef RESULTS_STUDY_PASSES_H
#define RESULTS_STUDY_PASSES_H

#include <stdbool.h>

#include "results/study.h"

/* NULL sorts as "". */
int study_compare_text(const char *a, const char *b);
/* NAN sorts first and equals itself. */
int study_compare_real(double a, double b);
/* Whether a trial has any seed; the order of seeds, all that are known. */
bool study_has_seed(const struct study_trial *trial);
int study_compare_seeds(const struct study_trial *a, const struct study_trial *b);
/* By what makes a cell. */
int study_compare_cells(const struct study_trial *a, const struct study_trial *b);

/* Finds the arms; arms[i] receives the arm of row i.  ERR_USAGE: unknown column. */
int study_assign_arms(struct study *study, const struct observations *set, const char *group_by,
		      size_t *arms, struct error *err);

/* Ids of sizes and budgets, cells, settings; sorts the trials. */
void study_make_cells(struct study *study);

/* Strata and clusters of the bootstrap. */
void study_make_strata(struct study *study);

#endif
