/* SPDX-License-Identifier: MIT
 *
 * Power laws in several variables: ln y = b[0] + b[1] x[1] + ..., by iterated least squares under
 * any of the objectives of robust.h.
 */
#ifndef RESULTS_LOG_LINEAR_H
#define RESULTS_LOG_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

#include "results/robust.h"

#define LOG_LINEAR_MAX 3 /* unknowns */

struct log_linear {
	const double *x;      /* n rows of n_unknowns columns, the first of them 1 */
	const double *y;      /* above 0 */
	const double *weight; /* 0 leaves a row out */
	size_t n, n_unknowns;
	struct robust robust;
};

/* What came of it. */
struct log_linear_fit {
	double unknowns[LOG_LINEAR_MAX];
	double objective;
	double condition; /* of the normal matrix about the means of x */
};

/* False: the rows do not determine the unknowns; the fit is then all NAN, its condition inf. */
bool log_linear_fit(const struct log_linear *problem, struct log_linear_fit *fit);

#endif
