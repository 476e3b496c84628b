/* SPDX-License-Identifier: MIT
 *
 * Strata are what the bootstrap resamples within: one size and budget of all arms, or one size
 * where trunks carry several budgets.  Clusters are what it draws: seeds, trunks, or rows that
 * repeat a setting; the i-th cluster of every arm is drawn together.
 *
 * Rows that come as they are, hardly ever repeated but many of them, are one stratum: whole
 * points are drawn, which stays honest where the noise depends on the size.  Rows that give what
 * a target cost are not: their fits have few points each.
 */
#include <math.h>
#include <stdlib.h>

#include "results/law.h"
#include "results/study_passes.h"

#define LEAST_POOL                                                                    \
	20 /* clusters: fewer, and draws of points would leave too few different ones \
	    */

/* Sorts for strata: clusters of one stratum and arm in a fixed order. */
struct cluster_key {
	size_t stratum_size, stratum_budget, arm;
	double seed;
	const char *key;
	size_t trial;
};

static int by_stratum(const void *a, const void *b)
{
	const struct cluster_key *p = a, *q = b;

	if (p->stratum_size != q->stratum_size)
		return p->stratum_size < q->stratum_size ? -1 : 1;
	if (p->stratum_budget != q->stratum_budget)
		return p->stratum_budget < q->stratum_budget ? -1 : 1;
	return 0;
}

static int by_cluster(const void *a, const void *b)
{
	const struct cluster_key *p = a, *q = b;
	int order = by_stratum(a, b);

	if (!order)
		order = (p->arm > q->arm) - (p->arm < q->arm);
	if (!order)
		order = study_compare_real(p->seed, q->seed);
	if (!order)
		order = study_compare_text(p->key, q->key);
	return order ? order : (p->trial > q->trial) - (p->trial < q->trial);
}

/* The cluster of b, which follows a (of cluster `last`) in one arm of one stratum: the rank of its
 * seed, or without seeds of its trunk, or of its row among those of the same setting. */
static size_t cluster_after(const struct study *study, bool spans, const struct cluster_key *a,
			    const struct cluster_key *b, size_t last)
{
	const struct study_trial *p = &study->trials[a->trial], *q = &study->trials[b->trial];

	if (isfinite(a->seed) || isfinite(b->seed))
		return last + (a->seed != b->seed);
	if (spans)
		return last + !study_same_key(p, q);
	if (study_compare_cells(p, q) != 0 || (!study->as_is && p->setting != q->setting))
		return 0;
	return last + 1;
}

static struct cluster_key *cluster_keys(const struct study *study, bool spans)
{
	struct cluster_key *keys = xmalloc((study->n_trials + 1) * sizeof(*keys));

	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];

		keys[i] = (struct cluster_key){trial->size,
					       spans ? 0 : trial->budget,
					       trial->arm,
					       trial->row->seed,
					       spans ? trial->row->trial_key : NULL,
					       i};
	}
	qsort(keys, study->n_trials, sizeof(*keys), by_cluster);
	return keys;
}

static void put_cluster(struct study *study, size_t trial, size_t stratum, size_t cluster)
{
	struct study_trial *at = &study->trials[trial];

	at->stratum = stratum;
	at->cluster = cluster;
	study->cells[at->cell].stratum = stratum;
	if (cluster + 1 > study->stratum_clusters[stratum])
		study->stratum_clusters[stratum] = cluster + 1;
}

/* Every size and budget, or every trunk, is a cluster of one stratum. */
static void pool(struct study *study, const struct cluster_key *keys, bool spans)
{
	size_t first = 0, last = 0, cluster = 0; /* of this size and budget; so far; of this row */

	study->n_strata = 1;
	for (size_t i = 0; i < study->n_trials; i++) {
		if (i && by_stratum(&keys[i - 1], &keys[i]) != 0)
			first = cluster = last + 1;
		else if (i && keys[i - 1].arm != keys[i].arm)
			cluster = first;
		else if (i)
			cluster = cluster_after(study, spans, &keys[i - 1], &keys[i],
						cluster - first) +
				  first;
		last = cluster > last ? cluster : last;
		put_cluster(study, keys[i].trial, 0, cluster);
	}
}

static size_t count_repeated(const struct study *study)
{
	size_t n = 0;

	for (size_t s = 0; s < study->n_strata; s++)
		n += study->stratum_clusters[s] > 1;
	return n;
}

/* Seeds of cells and arms.  A cell of one cluster has nothing to draw, also where another arm ran
 * several of the same size and budget. */
static void count_seeds(struct study *study)
{
	size_t *last = xcalloc(study->n_trials + 1, sizeof(*last)); /* cell, from 1, of a cluster */

	for (size_t c = 0; c < study->n_cells; c++) {
		struct study_cell *cell = &study->cells[c];
		struct study_arm *arm = &study->arms[cell->arm];

		for (size_t i = cell->first; i < cell->first + cell->n_trials; i++) {
			cell->n_clusters += last[study->trials[i].cluster] != c + 1;
			last[study->trials[i].cluster] = c + 1;
		}
		cell->single = study->stratum_clusters[cell->stratum] == 1 ||
			       (!study->as_is && cell->n_clusters == 1);
		if (study->as_is)
			continue;
		if (!arm->n_seeds || cell->n_clusters < arm->n_seeds)
			arm->n_seeds = cell->n_clusters;
		if (cell->n_clusters > study->n_seeds)
			study->n_seeds = cell->n_clusters;
	}
	free(last);
}

void study_make_strata(struct study *study, bool spans)
{
	struct cluster_key *keys = cluster_keys(study, spans);
	size_t cluster = 0;

	study->stratum_clusters =
		arena_alloc(&study->arena, (study->n_trials + 1) * sizeof(size_t));
	for (size_t i = 0; i < study->n_trials; i++) {
		bool same = i && by_stratum(&keys[i - 1], &keys[i]) == 0;

		if (!same)
			study->n_strata++;
		if (!same || keys[i - 1].arm != keys[i].arm)
			cluster = 0;
		else
			cluster = cluster_after(study, spans, &keys[i - 1], &keys[i], cluster);
		put_cluster(study, keys[i].trial, study->n_strata - 1, cluster);
	}
	if (study->as_is && (study->columns & LAW_LOSS) && study->n_strata >= LEAST_POOL &&
	    count_repeated(study) * 10 < study->n_strata)
		pool(study, keys, spans);
	study->resampled = count_repeated(study) > 0;
	count_seeds(study);
	free(keys);
}
