/* SPDX-License-Identifier: MIT
 *
 * Power laws in several variables: ln y = b[0] + b[1] ln x[1] + ..., by least squares of ln y.
 */
#ifndef RESULTS_LOG_LINEAR_H
#define RESULTS_LOG_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

#define LOG_LINEAR_MAX 3 /* unknowns */

struct log_linear {
	const double *ln_x; /* n rows of n_unknowns columns; the first column is 1 */
	const double *ln_y;
	const double *weight; /* 0 leaves a row out */
	size_t n, n_unknowns;
};

/* What came of it. */
struct log_linear_fit {
	double unknowns[LOG_LINEAR_MAX];
	double objective; /* the sum of weight r^2 / 2, r of ln y */
	double condition; /* of the slopes' normal matrix, columns scaled to one spread */
};

/* False: the rows do not determine the unknowns, and *fit is not to be used. */
bool log_linear_fit(const struct log_linear *problem, struct log_linear_fit *fit);

#endif
