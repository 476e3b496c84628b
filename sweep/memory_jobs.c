/* SPDX-License-Identifier: MIT */
#include "sweep/memory_jobs.h"

#include <stdlib.h>

#include "base/memory.h"
#include "sweep/peak_memory.h"
#include "sweep/sweep.h"

static int descending(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x < y) - (x > y);
}

/* What each takes for itself, the largest first; *shared is what they read together. */
static size_t *list_peaks(const struct sweep *sweep, int threads, size_t *shared, size_t *n)
{
	size_t *own = xcalloc(sweep->n_trials + 1, sizeof(*own));

	*shared = *n = 0;
	for (size_t i = 0; i < sweep->n_trials; i++) {
		struct peak_memory peak;

		if (sweep->trials[i]->same_as)
			continue;
		peak = peak_memory(sweep->trials[i], threads);
		own[(*n)++] = peak_memory_sum(&peak) - peak.corpus;
		if (peak.corpus > *shared)
			*shared = peak.corpus;
	}
	qsort(own, *n, sizeof(*own), descending);
	return own;
}

/* Takes trials while they are within `most` jobs and `available` bytes; returns how many. */
static int take(const struct sweep *sweep, int most, int threads, size_t available, size_t *bytes)
{
	size_t n, shared;
	size_t *own = list_peaks(sweep, threads, &shared, &n);
	int taken = 0;

	*bytes = shared;
	while (taken < most && (size_t)taken < n && *bytes + own[taken] <= available)
		*bytes += own[taken++];
	/* Small sweeps leave workers idle, which take nothing. */
	if ((size_t)taken == n)
		taken = most;
	free(own);
	return taken;
}

size_t memory_of_jobs(const struct sweep *sweep, int jobs, int threads)
{
	size_t bytes;

	take(sweep, jobs, threads, SIZE_MAX, &bytes);
	return bytes;
}

int memory_jobs(const struct sweep *sweep, int jobs, int threads, size_t available)
{
	size_t bytes;
	int taken = take(sweep, jobs, threads, available, &bytes);

	return taken > 1 ? taken : 1;
}
