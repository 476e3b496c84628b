/* SPDX-License-Identifier: MIT
 *
 * What the files specification*.c share.
 */
#ifndef RESULTS_SPECIFICATION_WORK_H
#define RESULTS_SPECIFICATION_WORK_H

#include "results/fit_passes.h"
#include "results/specification.h"

#define SPECIFICATION_NOT_IN_RANGE "no ratio in range"

/* The choices of one pair, in the order of the report. */
enum specification_choice {
	AS_ASKED,
	OTHER_OPTIMIZER_FLOPS,
	OTHER_FLOPS,
	NON_EMBEDDING_FLOPS,
	SEPARATE_E,
	INTERPOLATION,
	POWER_LAW,
	CHINCHILLA_FRONTIER,
	OTHER_PARAMS,
	LARGEST_DROPPED,
	SMALLEST_DROPPED,
	OTHER_SLICE,
	SHORT_DROPPED,
	EDGES_DROPPED,
	SIZE_LOWEST,
	SIZE_HIGHEST,
	N_CHOICES
};

struct specification_work {
	struct fit_report *report;
	enum efficiency_meaning asked;
	const struct efficiency **pairs; /* of that meaning */
	size_t n_pairs;
};

struct specification *specification_at(const struct specification_work *work, size_t pair,
				       enum specification_choice choice);

/* Takes the row that is in range at `flops`, else the next below; why_not where there is none. */
void specification_take_row(struct specification *to, const struct efficiency *pair, double flops,
			    enum efficiency_method method);

/* Takes the ratio of one law of both arms at `flops`; its interval where every replicate of both
 * was fitted, so that the i-th of one belongs to the i-th of the other. */
void specification_take_laws(struct specification *to, const struct fit_report *from,
			     const char *law, const size_t arms[2], double flops,
			     double (*ratio)(const double *, const double *, double));

/* C of the challenger over C at the loss of the baseline's compute-optimal frontier, by the
 * parameters of both arms' chinchilla. */
double specification_chinchilla_ratio(const double *baseline, const double *challenger,
				      double flops);

/* Fills in the choices that are studies of their own. */
void specification_vary(const struct specification_work *work);

#endif
