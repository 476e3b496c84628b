/* SPDX-License-Identifier: MIT */
#include "plots/target_points.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

#define SAME 1.0001 /* targets that differ by less are one */

struct points {
	struct target_point *list;
	size_t n, capacity;
};

/* Steps above the loss that a size chooses. */
static const double steps[] = {1.03, 1.06};

static bool same_target(const struct target_point *a, const struct target_point *b)
{
	return a->size == b->size && fabs(log(a->target / b->target)) < log(SAME);
}

static int by_target(const void *a, const void *b)
{
	const struct target_point *p = a, *q = b;

	if (p->target != q->target)
		return p->target < q->target ? -1 : 1;
	if (p->arm != q->arm)
		return p->arm < q->arm ? -1 : 1;
	if (p->size != q->size)
		return p->size < q->size ? -1 : 1;
	return (p->batch > q->batch) - (p->batch < q->batch);
}

/* Of one loss; `size` NULL: of every size. */
static void append(struct points *points, const struct figure_input *input, double target,
		   const size_t *size)
{
	struct target_point *more;
	size_t n = targets_find(input->study, input->points, target, &more);

	for (size_t i = 0; i < n; i++) {
		if (size && more[i].size != *size)
			continue;
		points->list = grow_array(points->list, &points->capacity, points->n + 1,
					  sizeof(*points->list));
		points->list[points->n++] = more[i];
	}
	free(more);
}

static bool rows_name_targets(const struct figure_input *input)
{
	for (size_t i = 0; i < input->study->n_trials; i++)
		if (isfinite(input->study->trials[i].row->target_loss))
			return true;
	return false;
}

/* Once for each size, at the first of its points. */
static void append_steps(struct points *points, const struct figure_input *input)
{
	size_t n = points->n;

	for (size_t i = 0; i < n; i++) {
		struct target_point about = points->list[i];
		bool first = true;

		for (size_t k = 0; k < i; k++)
			first &= !same_target(&points->list[k], &about);
		for (size_t s = 0; s < ARRAY_SIZE(steps) && first; s++)
			append(points, input, about.target * steps[s], &about.size);
	}
}

size_t figure_target_points(const struct figure_input *input, struct target_point **found)
{
	struct points points = {0};

	for (size_t i = 0; i < input->n_targets; i++)
		append(&points, input, input->targets[i], NULL);
	if (!input->n_targets) {
		append(&points, input, (double)NAN, NULL);
		if (!rows_name_targets(input))
			append_steps(&points, input);
	}
	if (points.n)
		qsort(points.list, points.n, sizeof(*points.list), by_target);
	*found = points.list;
	return points.n;
}
