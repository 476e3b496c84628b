/* SPDX-License-Identifier: MIT */
#include "sweep/makespan.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

static int descending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

/* Puts the first element of a heap (the smallest on top) where it belongs. */
static void sift_down(double *heap, size_t n)
{
	for (size_t at = 0, child; (child = 2 * at + 1) < n; at = child) {
		double value = heap[at];

		if (child + 1 < n && heap[child + 1] < heap[child])
			child++;
		if (value <= heap[child])
			return;
		heap[at] = heap[child];
		heap[child] = value;
	}
}

double makespan(double *seconds, size_t n, size_t workers)
{
	double *free_at = xcalloc(workers, sizeof(*free_at)), last = 0;

	qsort(seconds, n, sizeof(*seconds), descending);
	for (size_t i = 0; i < n; i++) {
		free_at[0] += seconds[i];
		last = fmax(last, free_at[0]);
		sift_down(free_at, workers);
	}
	free(free_at);
	return last;
}
