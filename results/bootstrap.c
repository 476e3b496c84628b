/* SPDX-License-Identifier: MIT */
#include "results/bootstrap.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"

#define MAX_THREADS	64
#define RESIDUAL_STREAM UINT64_C(0x7265736964756c73) /* apart from the streams of draws */

void bootstrap_draw(const struct study *study, uint64_t seed, size_t replicate, double *weight)
{
	struct random random = random_stream(seed, replicate);
	size_t *first = xmalloc((study->n_strata + 1) * sizeof(*first));
	double *drawn;

	first[0] = 0;
	for (size_t s = 0; s < study->n_strata; s++)
		first[s + 1] = first[s] + study->stratum_clusters[s];
	drawn = xcalloc(first[study->n_strata] + 1, sizeof(*drawn));
	for (size_t s = 0; s < study->n_strata; s++) {
		size_t n = study->stratum_clusters[s];

		for (size_t i = 0; i < (n > 1 ? n - 1 : 1); i++)
			drawn[first[s] + random_below(&random, n)]++;
	}
	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];

		weight[i] = study->cells[trial->cell].single
				    ? 1
				    : drawn[first[trial->stratum] + trial->cluster];
	}
	free(drawn);
	free(first);
}

double bootstrap_uniform(uint64_t seed, size_t replicate, size_t stratum, size_t budget_group)
{
	struct random random = random_stream(mix64(seed ^ RESIDUAL_STREAM) + replicate,
					     mix64(stratum) + budget_group);

	return random_uniform(&random);
}

static int compare_reals(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Linear between order statistics. */
static double percentile(const double *sorted, size_t n, double share)
{
	double at = share * (double)(n - 1);
	size_t low = (size_t)at;
	double part = at - (double)low;

	if (low + 1 >= n || sorted[low] == sorted[low + 1]) /* also of infinities */
		return sorted[low];
	return part > 0 ? sorted[low] + part * (sorted[low + 1] - sorted[low]) : sorted[low];
}

struct interval bootstrap_interval(const double *values, size_t n, size_t stride)
{
	struct interval interval = {(double)NAN, (double)NAN};
	double *sorted = xmalloc((n + 1) * sizeof(*sorted));
	size_t known = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(values[i * stride]))
			sorted[known++] = values[i * stride];
	if (known >= BOOTSTRAP_LEAST && known * 2 >= n) {
		qsort(sorted, known, sizeof(*sorted), compare_reals);
		interval.low = percentile(sorted, known, 0.05);
		interval.high = percentile(sorted, known, 0.95);
	}
	free(sorted);
	return interval;
}

struct crew {
	atomic_size_t next;
	size_t n;
	void (*work)(void *context, size_t i);
	void *context;
};

static void *run_crew(void *argument)
{
	struct crew *crew = argument;

	for (size_t i = atomic_fetch_add(&crew->next, 1); i < crew->n;
	     i = atomic_fetch_add(&crew->next, 1))
		crew->work(crew->context, i);
	return NULL;
}

void parallel_for(size_t n, int threads, void (*work)(void *context, size_t i), void *context)
{
	struct crew crew = {.n = n, .work = work, .context = context};
	pthread_t ids[MAX_THREADS];
	int started = 0;

	if (threads <= 0)
		threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	for (; started < threads - 1; started++) /* this thread works too */
		if (pthread_create(&ids[started], NULL, run_crew, &crew) != 0)
			break;
	run_crew(&crew);
	for (int t = 0; t < started; t++)
		pthread_join(ids[t], NULL);
}
