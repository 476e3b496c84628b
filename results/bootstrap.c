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

#define MAX_THREADS 64
#define LEVEL	    0.05 /* left out on each side */

/* Streams apart from each other. */
#define RESIDUAL_STREAM UINT64_C(0x7265736964756c73)
#define HELD_OUT_STREAM UINT64_C(0x6865646f7574206f)
#define WILD_STREAM	UINT64_C(0x77696c6420776562)
#define SMOOTH_STREAM	UINT64_C(0x736d6f6f74682072)

static struct random stream(uint64_t seed, uint64_t which, size_t replicate, uint64_t place)
{
	return random_stream(mix64(seed ^ which) + replicate, place);
}

/* Rows that are points: one draw a stratum, for all arms. */
static void draw_rows(const struct study *study, struct random *random, double *weight)
{
	size_t *first = xmalloc((study->n_strata + 1) * sizeof(*first));
	double *drawn;

	first[0] = 0;
	for (size_t s = 0; s < study->n_strata; s++)
		first[s + 1] = first[s] + study->stratum_clusters[s];
	drawn = xcalloc(first[study->n_strata] + 1, sizeof(*drawn));
	for (size_t s = 0; s < study->n_strata; s++) {
		size_t n = study->stratum_clusters[s], draws = study->pooled ? n : n - 1;

		for (size_t i = 0; i < draws; i++)
			drawn[first[s] + random_below(random, n)]++;
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

/* The first of a cell's clusters in the order of all clusters that `key` means. */
static size_t first_in_order(const struct study_cell *cell, uint64_t key)
{
	uint64_t least = UINT64_MAX;
	size_t first = 0;

	for (size_t k = 0; k < cell->n_clusters; k++) {
		uint64_t place = mix64(key ^ mix64(cell->clusters[k]));

		if (place < least) {
			least = place;
			first = k;
		}
	}
	return first;
}

static void draw_cell(const struct study *study, const struct study_cell *cell, uint64_t key,
		      double *weight)
{
	const struct study_trial *trials = &study->trials[cell->first];

	for (size_t i = 0; i < cell->n_trials; i++)
		weight[i] = cell->single;
	for (size_t draw = 0; draw + 1 < cell->n_clusters; draw++) {
		size_t drawn = first_in_order(cell, mix64(key + draw));

		for (size_t i = 0; i < cell->n_trials; i++)
			weight[i] += trials[i].cell_cluster == drawn;
	}
}

static void draw_clusters(const struct study *study, uint64_t seed, size_t replicate,
			  double *weight)
{
	struct random random = random_stream(seed, replicate);

	if (study->as_is) {
		draw_rows(study, &random, weight);
		return;
	}
	for (size_t c = 0; c < study->n_cells; c++) {
		const struct study_cell *cell = &study->cells[c];

		draw_cell(study, cell, random.state + mix64(cell->stratum), weight + cell->first);
	}
}

/* The mean over the buckets, each as often as drawn, over the mean over all. */
static double held_out_change(const double *nats, const double *tokens, const double *drawn)
{
	double sums[4] = {0};

	for (int b = 0; b < OBSERVATION_BUCKETS; b++) {
		sums[0] += drawn[b] * nats[b];
		sums[1] += drawn[b] * tokens[b];
		sums[2] += nats[b];
		sums[3] += tokens[b];
	}
	return sums[1] > 0 && sums[2] > 0 ? sums[0] / sums[1] / (sums[2] / sums[3]) : 1;
}

static void draw_held_out(const struct study *study, uint64_t seed, size_t replicate, double *loss)
{
	struct random random = stream(seed, HELD_OUT_STREAM, replicate, 0);
	double drawn[OBSERVATION_BUCKETS] = {0};

	for (int b = 0; b < OBSERVATION_BUCKETS; b++)
		drawn[random_below(&random, OBSERVATION_BUCKETS)]++;
	for (size_t i = 0; i < study->n_trials; i++) {
		const struct observation_buckets *sums = study->trials[i].row->buckets;

		loss[i] =
			study->trials[i].loss * held_out_change(sums->nats[study->slice],
								sums->tokens[study->slice], drawn);
	}
}

void bootstrap_draw(const struct study *study, uint64_t seed, size_t replicate, double *weight,
		    double *loss)
{
	draw_clusters(study, seed, replicate, weight);
	for (size_t i = 0; i < study->n_trials; i++)
		loss[i] = study->trials[i].loss;
	if (study->bucketed)
		draw_held_out(study, seed, replicate, loss);
}

double bootstrap_uniform(uint64_t seed, size_t replicate, size_t stratum, size_t budget_group)
{
	struct random random =
		stream(seed, RESIDUAL_STREAM, replicate, mix64(stratum) + budget_group);

	return random_uniform(&random);
}

double bootstrap_normal(uint64_t seed, size_t replicate, size_t stratum, size_t budget_group)
{
	struct random random =
		stream(seed, SMOOTH_STREAM, replicate, mix64(stratum) + budget_group);

	return random_normal(&random);
}

double bootstrap_wild(uint64_t seed, size_t replicate, size_t stratum)
{
	static const double squares[] = {0.5, 1, 1.5};
	struct random random = stream(seed, WILD_STREAM, replicate, stratum);
	size_t which = random_below(&random, 6);

	return (which & 1 ? 1 : -1) * sqrt(squares[which >> 1]);
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

static double normal_share(double z)
{
	return 0.5 * erfc(-z * M_SQRT1_2);
}

static double normal_quantile(double share)
{
	double low = -9, high = 9;

	for (int i = 0; i < 60; i++) {
		double middle = 0.5 * (low + high);

		*(normal_share(middle) < share ? &low : &high) = middle;
	}
	return low;
}

/* z0: where the estimate lies among the replicates, kept from the ends, where it says nothing. */
static double median_bias(const double *sorted, size_t n, double estimate)
{
	double below = 0;

	for (size_t i = 0; i < n; i++)
		below += sorted[i] < estimate ? 1 : 0.5 * (sorted[i] == estimate);
	return normal_quantile(fmin(fmax(below / (double)n, LEVEL), 1 - LEVEL));
}

static struct interval between(const double *sorted, size_t n, double bias)
{
	double z = normal_quantile(1 - LEVEL);

	return (struct interval){percentile(sorted, n, normal_share(2 * bias - z)),
				 percentile(sorted, n, normal_share(2 * bias + z))};
}

struct intervals bootstrap_intervals(const double *values, size_t n, size_t stride, double estimate)
{
	const struct interval none = {(double)NAN, (double)NAN};
	struct intervals intervals = {none, none};
	double *sorted = xmalloc((n + 1) * sizeof(*sorted));
	size_t known = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(values[i * stride]))
			sorted[known++] = values[i * stride];
	if (known >= BOOTSTRAP_LEAST && known * 2 >= n) {
		qsort(sorted, known, sizeof(*sorted), compare_reals);
		intervals.percentile = between(sorted, known, 0);
		intervals.corrected = between(
			sorted, known, isnan(estimate) ? 0 : median_bias(sorted, known, estimate));
	}
	free(sorted);
	return intervals;
}

struct interval bootstrap_interval(const double *values, size_t n, size_t stride)
{
	return bootstrap_intervals(values, n, stride, (double)NAN).percentile;
}

struct interval intervals_printed(const struct intervals *intervals)
{
	return intervals->percentile;
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
