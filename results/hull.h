/* SPDX-License-Identifier: MIT
 *
 * The lower convex hull of points in the plane, as far as it falls.
 */
#ifndef RESULTS_HULL_H
#define RESULTS_HULL_H

#include <stddef.h>

/* Writes the indices of the points where the lower hull falls, by rising x, and returns how many.
 * `indices` has room for n.  It is what a hull with a vantage point far to the upper right shows
 * it, without the points where y rises. */
size_t hull_falling(const double *x, const double *y, size_t n, size_t *indices);

#endif
