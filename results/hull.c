/* SPDX-License-Identifier: MIT
 *
 * Andrew's monotone chain (Information Processing Letters 9, 1979), its lower half.
 */
#include "results/hull.h"

#include <stdbool.h>
#include <stdlib.h>

struct plane {
	const double *x, *y;
};

static int by_x_then_y(const void *a, const void *b, void *context)
{
	const struct plane *plane = context;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;

	if (plane->x[i] != plane->x[j])
		return plane->x[i] < plane->x[j] ? -1 : 1;
	if (plane->y[i] != plane->y[j])
		return plane->y[i] < plane->y[j] ? -1 : 1;
	return i < j ? -1 : i > j;
}

/* Whether b lies strictly below the line from a to c. */
static bool is_below(const struct plane *plane, size_t a, size_t b, size_t c)
{
	const double *x = plane->x, *y = plane->y;

	return (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a]) > 0;
}

size_t hull_falling(const double *x, const double *y, size_t n, size_t *indices)
{
	struct plane plane = {x, y};
	size_t n_hull = 0, n_falling = 0;

	for (size_t i = 0; i < n; i++)
		indices[i] = i;
	qsort_r(indices, n, sizeof(*indices), by_x_then_y, &plane);
	for (size_t i = 0; i < n; i++) {
		size_t next = indices[i];

		while (n_hull > 1 &&
		       !is_below(&plane, indices[n_hull - 2], indices[n_hull - 1], next))
			n_hull--;
		indices[n_hull++] = next;
	}
	for (size_t i = 0; i < n_hull; i++)
		if (n_falling == 0 || y[indices[i]] < y[indices[n_falling - 1]])
			indices[n_falling++] = indices[i];
	return n_falling;
}
