/* SPDX-License-Identifier: MIT
 *
 * y = coefficient x^exponent by least squares in (ln x, ln y).
 */
#ifndef RESULTS_POWER_LINE_H
#define RESULTS_POWER_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct power_line {
	double exponent, coefficient;
	double objective; /* sum of r^2 / 2, r of ln y */
	double condition; /* of the normal equations in centred ln x */
};

/* False: fewer than 2 different x. */
bool power_line_fit(const double *x, const double *y, size_t n, struct power_line *line);

#endif
