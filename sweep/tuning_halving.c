/* SPDX-License-Identifier: MIT
 *
 * Successive halving: every setting at a short horizon, the better half of them at twice that, and
 * so on up to the whole budget.  On a shared trunk nothing is trained twice.  A setting that is
 * better early need not be better late.
 */
#include <math.h>
#include <stdlib.h>

#include "sweep/tuning_group.h"

static int better_first(const void *a, const void *b)
{
	const struct tuned_setting *x = *(const struct tuned_setting *const *)a;
	const struct tuned_setting *y = *(const struct tuned_setting *const *)b;

	if (x == y)
		return 0;
	return setting_beats(x, y) ? -1 : 1;
}

/* The settings of a rung, the best first; the caller frees. */
static const struct tuned_setting **rank_rung(const struct tuning_group *group, int64_t rung,
					      size_t *n)
{
	const struct tuned_setting **ranked = xcalloc(group->n_settings + 1, sizeof(*ranked));

	*n = 0;
	for (size_t i = 0; i < group->n_settings; i++)
		if (group->settings[i].point.rung == rung)
			ranked[(*n)++] = &group->settings[i];
	qsort(ranked, *n, sizeof(*ranked), better_first);
	return ranked;
}

/* The better half of a rung goes on, and nothing that diverged while something did not. */
static size_t survivors(const struct tuned_setting *const *ranked, size_t n)
{
	size_t half = (n + 1) / 2;

	while (half > 1 && !isfinite(ranked[half - 1]->loss))
		half--;
	return half;
}

static int ask_rung(struct tuning_group *group, int64_t rung, struct error *err)
{
	size_t n, n_left;
	const struct tuned_setting **ranked = rank_rung(group, rung - 1, &n);
	struct tuning_point *points = xcalloc(n + 1, sizeof(*points));
	int asked = 0;

	n_left = n && isfinite(ranked[0]->loss) ? survivors(ranked, n) : 0;
	for (size_t i = 0; i < n_left; i++) {
		points[i] = ranked[i]->point;
		points[i].rung = rung;
	}
	free(ranked);
	for (size_t i = 0; i < n_left && asked >= 0; i++) {
		int one = group_ask(group, &points[i], NULL, err);

		asked = one < 0 ? one : asked + one;
	}
	free(points);
	return asked;
}

static int next(struct tuning_group *group, struct error *err)
{
	int64_t last = group->arm->arm->tuning.rungs - 1;
	const struct tuned_setting **ranked;
	size_t n;

	for (int64_t rung = 1; rung <= last; rung++) {
		int asked = ask_rung(group, rung, err);

		if (asked)
			return asked;
	}
	ranked = rank_rung(group, last, &n);
	group->has_best = n > 0 && isfinite(ranked[0]->loss);
	if (group->has_best)
		group->best = (size_t)(ranked[0] - group->settings);
	else
		group->note = arena_printf(group->arm->arena,
					   "no setting of %s has a finite loss at the whole budget",
					   group->title);
	free(ranked);
	return 0;
}

static size_t most_left(const struct tuning_group *group)
{
	int64_t rungs = group->arm->arm->tuning.rungs;
	size_t alive = 0, left = 0;

	for (int64_t rung = 0; rung < rungs; rung++) {
		size_t there = 0;

		for (size_t i = 0; i < group->n_settings; i++)
			there += group->settings[i].point.rung == rung;
		alive = there ? there : (alive + 1) / 2;
		left += there ? 0 : alive;
	}
	return left;
}

const struct tuning_rule tuning_halving = {"halving", next, most_left};
