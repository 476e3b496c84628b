/* SPDX-License-Identifier: MIT
 *
 * Strata are what the bootstrap resamples within: one size and budget of all arms, or one size
 * where a trunk or a curve carries several budgets.  Clusters are what it draws: seeds, the same
 * seed of every arm together; where rows have none, trunks, or rows that repeat a setting, the
 * i-th of every arm together.
 *
 * Rows that come as they are, hardly ever repeated but many of them, are one stratum: whole
 * points (or trunks) are drawn, which stays honest where the noise depends on the size.  Rows that
 * give what a target cost are not: their fits have few points each.
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
	size_t size, budget; /* budget: 0 where trunks carry several */
	bool linked;	     /* they do */
	const struct study_trial *trial;
};

/* What rows of one training share: the trunk, else the key; NULL: not known. */
static const char *trunk_of(const struct study_trial *trial)
{
	const struct observation *row = trial->row;

	return row->trunk_key && row->trunk_key[0] ? row->trunk_key : row->trial_key;
}

static bool same_trunk(const struct study_trial *a, const struct study_trial *b)
{
	return trunk_of(a) && trunk_of(b) && a->arm == b->arm &&
	       study_compare_text(trunk_of(a), trunk_of(b)) == 0;
}

static bool has_trunks(const struct study *study)
{
	for (size_t i = 0; i < study->n_trials; i++)
		if (trunk_of(&study->trials[i]))
			return true;
	return false;
}

static int by_trunk(const void *a, const void *b)
{
	const struct study_trial *p = *(const struct study_trial *const *)a;
	const struct study_trial *q = *(const struct study_trial *const *)b;
	int order = study_compare_text(trunk_of(p), trunk_of(q));

	if (!order)
		order = (p->arm > q->arm) - (p->arm < q->arm);
	return order ? order : (p > q) - (p < q);
}

/* Marks the sizes at which some trunk has points at several budgets. */
static bool *find_linked(const struct study *study)
{
	bool *linked = xcalloc(study->n_sizes + 1, sizeof(*linked));
	const struct study_trial **sorted;

	if (!has_trunks(study))
		return linked;
	sorted = xmalloc((study->n_trials + 1) * sizeof(*sorted));
	for (size_t i = 0; i < study->n_trials; i++)
		sorted[i] = &study->trials[i];
	qsort(sorted, study->n_trials, sizeof(*sorted), by_trunk);
	for (size_t i = 1; i < study->n_trials; i++)
		if (same_trunk(sorted[i - 1], sorted[i]) &&
		    sorted[i - 1]->budget != sorted[i]->budget)
			linked[sorted[i]->size] = true;
	free(sorted);
	return linked;
}

static int by_stratum(const void *a, const void *b)
{
	const struct cluster_key *p = a, *q = b;

	if (p->size != q->size)
		return p->size < q->size ? -1 : 1;
	return (p->budget > q->budget) - (p->budget < q->budget);
}

static int by_cluster(const void *a, const void *b)
{
	const struct cluster_key *p = a, *q = b;
	int order = by_stratum(a, b);

	if (!order)
		order = study_compare_seeds(p->trial, q->trial);
	if (!order)
		order = (p->trial->arm > q->trial->arm) - (p->trial->arm < q->trial->arm);
	if (!order && p->linked)
		order = study_compare_text(trunk_of(p->trial), trunk_of(q->trial));
	return order ? order : (p->trial > q->trial) - (p->trial < q->trial);
}

/* The cluster of b, which follows a (of cluster `last`) in one stratum. */
static size_t cluster_after(const struct study *study, const struct cluster_key *a,
			    const struct cluster_key *b, size_t last)
{
	const struct study_trial *p = a->trial, *q = b->trial;

	if (study_has_seed(q))
		return study_has_seed(p) ? last + (study_compare_seeds(p, q) != 0) : 0;
	if (p->arm != q->arm)
		return 0;
	if (b->linked)
		return last + !same_trunk(p, q);
	if (study_compare_cells(p, q) != 0 || (!study->as_is && p->setting != q->setting))
		return 0;
	return last + 1;
}

static struct cluster_key *cluster_keys(const struct study *study)
{
	struct cluster_key *keys = xmalloc((study->n_trials + 1) * sizeof(*keys));
	bool *linked = find_linked(study);

	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];
		bool link = linked[trial->size];

		keys[i] = (struct cluster_key){trial->size, link ? 0 : trial->budget, link, trial};
	}
	free(linked);
	qsort(keys, study->n_trials, sizeof(*keys), by_cluster);
	return keys;
}

static void put_cluster(struct study *study, const struct cluster_key *key, size_t stratum,
			size_t cluster)
{
	struct study_trial *at = &study->trials[key->trial - study->trials];

	at->stratum = stratum;
	at->cluster = cluster;
	study->cells[at->cell].stratum = stratum;
	study->cells[at->cell].linked = key->linked;
	if (cluster + 1 > study->stratum_clusters[stratum])
		study->stratum_clusters[stratum] = cluster + 1;
}

static void cut_strata(struct study *study, const struct cluster_key *keys)
{
	size_t cluster = 0;

	for (size_t i = 0; i < study->n_trials; i++) {
		if (i == 0 || by_stratum(&keys[i - 1], &keys[i]) != 0) {
			study->n_strata++;
			cluster = 0;
		} else {
			cluster = cluster_after(study, &keys[i - 1], &keys[i], cluster);
		}
		put_cluster(study, &keys[i], study->n_strata - 1, cluster);
	}
}

/* Every size and budget, or every trunk, is a cluster of one stratum. */
static void pool(struct study *study, const struct cluster_key *keys)
{
	size_t first = 0, last = 0, cluster = 0; /* of this size and budget; so far; of this row */

	study->n_strata = 1;
	study->pooled = true;
	for (size_t i = 0; i < study->n_trials; i++) {
		if (i && by_stratum(&keys[i - 1], &keys[i]) != 0)
			first = cluster = last + 1;
		else if (i)
			cluster = first +
				  cluster_after(study, &keys[i - 1], &keys[i], cluster - first);
		last = cluster > last ? cluster : last;
		put_cluster(study, &keys[i], 0, cluster);
	}
}

static size_t count_repeated(const struct study *study)
{
	size_t n = 0;

	for (size_t s = 0; s < study->n_strata; s++)
		n += study->stratum_clusters[s] > 1;
	return n;
}

/* The different clusters of a cell. */
static void list_clusters(struct study *study, struct study_cell *cell)
{
	size_t *list = arena_alloc(&study->arena, (cell->n_trials + 1) * sizeof(*list));

	cell->clusters = list;
	for (size_t i = cell->first; i < cell->first + cell->n_trials; i++) {
		size_t k = 0;

		while (k < cell->n_clusters && list[k] != study->trials[i].cluster)
			k++;
		if (k == cell->n_clusters)
			list[cell->n_clusters++] = study->trials[i].cluster;
		study->trials[i].cell_cluster = k;
	}
}

/* Seeds of cells and arms.  A cell of one cluster has nothing to draw, also where another arm ran
 * several of the same size and budget. */
static void count_seeds(struct study *study)
{
	for (size_t c = 0; c < study->n_cells; c++) {
		struct study_cell *cell = &study->cells[c];
		struct study_arm *arm = &study->arms[cell->arm];

		list_clusters(study, cell);
		cell->single = study->stratum_clusters[cell->stratum] == 1 ||
			       (!study->as_is && cell->n_clusters == 1);
		if (study->as_is)
			continue;
		if (!arm->n_seeds || cell->n_clusters < arm->n_seeds)
			arm->n_seeds = cell->n_clusters;
		if (cell->n_clusters > study->n_seeds)
			study->n_seeds = cell->n_clusters;
	}
}

void study_make_strata(struct study *study)
{
	struct cluster_key *keys = cluster_keys(study);

	study->stratum_clusters =
		arena_alloc(&study->arena, (study->n_trials + 1) * sizeof(size_t));
	cut_strata(study, keys);
	if (study->as_is && (study->columns & LAW_LOSS) && study->n_strata >= LEAST_POOL &&
	    count_repeated(study) * 10 < study->n_strata)
		pool(study, keys);
	study->resampled = count_repeated(study) > 0;
	count_seeds(study);
	free(keys);
}
