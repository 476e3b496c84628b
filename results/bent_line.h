/* SPDX-License-Identifier: MIT
 *
 * Steps to a loss in two pieces (arXiv 2505.02222, appendix F):
 *
 *     ln S = -ln B + b1 for B <= B_star, else m ln B + b2, continuous, -1 < m <= 0
 *
 * Below B_star a larger batch costs no more tokens, above it does.
 */
#ifndef RESULTS_BENT_LINE_H
#define RESULTS_BENT_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct bent_point {
	double x, y, weight; /* ln B; ln S + ln B: level below the bend */
};

struct bent_line {
	double bend;  /* ln B_star */
	double level; /* b1 */
	double slope; /* m + 1, in (0, 1] */
	double squares;
};

/* Least squares over the bend, the level and the slope, exactly: every way to split the points is
 * tried; two different x or more are on either side.  `points` must rise in x.  False: no bend
 * upwards lowers the squares, or under 4 different x. */
bool bent_line_fit(const struct bent_point *points, size_t n, struct bent_line *line);

#endif
