/* SPDX-License-Identifier: MIT */
#include "plots/target_curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plots/figure_parts.h"

static bool same_curve(const struct target_point *a, const struct target_point *b)
{
	return a->arm == b->arm && a->size == b->size && target_same(a->target, b->target);
}

size_t target_curve_end(const struct target_curves *curves, size_t first)
{
	size_t end = first + 1;

	while (end < curves->n && same_curve(&curves->points[first], &curves->points[end]))
		end++;
	return end;
}

const struct target_point *target_curve_cheapest(const struct target_curves *curves, size_t first,
						 size_t end, bool *edge)
{
	const struct target_point *best = NULL;

	for (size_t i = first; i < end; i++) {
		const struct target_point *point = &curves->points[i];

		if (!point->censored && (!best || curves->cost(point) <= curves->cost(best))) {
			best = point;
			*edge = i == first || i + 1 == end;
		}
	}
	return best;
}

double target_curves_below(const struct target_curves *curves, double loss)
{
	double best = (double)NAN;

	for (size_t i = 0; i < curves->n; i++) {
		double target = curves->points[i].target;

		if (target < loss && !target_same(target, loss))
			best = fmax(best, target);
	}
	return best;
}

bool target_rows_isolated(const struct observations *rows)
{
	const char *host = rows->n ? rows->rows[0].host : NULL;

	for (size_t i = 0; i < rows->n; i++)
		if (rows->rows[i].jobs != 1 || !host || !rows->rows[i].host ||
		    strcmp(rows->rows[i].host, host) != 0)
			return false;
	return rows->n > 0;
}

static bool is_drawn(const struct target_curves *curves, const struct target_point *point)
{
	double cost = curves->cost(point);

	return isfinite(cost) && cost > 0 && isfinite(point->batch) && point->batch > 0;
}

static void add_points(struct target_curves *curves, const struct figure_input *input,
		       double target, size_t *capacity)
{
	struct target_point *found;
	size_t n = targets_find(input->study, input->points, target, &found);

	curves->points =
		grow_array(curves->points, capacity, curves->n + n + 1, sizeof(*curves->points));
	for (size_t i = 0; i < n; i++)
		if (is_drawn(curves, &found[i]))
			curves->points[curves->n++] = found[i];
	free(found);
}

static int by_curve_and_batch(const void *a, const void *b)
{
	const struct target_point *p = a, *q = b;

	if (p->size != q->size && !figure_same(p->params, q->params))
		return p->params < q->params ? -1 : 1;
	if (p->size != q->size)
		return p->size < q->size ? -1 : 1;
	if (p->arm != q->arm)
		return p->arm < q->arm ? -1 : 1;
	if (!target_same(p->target, q->target))
		return isnan(p->target) || p->target > q->target ? -1 : 1;
	return (p->batch > q->batch) - (p->batch < q->batch);
}

static bool has_one_each(const struct target_curves *curves)
{
	for (size_t i = 1; i < curves->n; i++)
		if (curves->points[i].size == curves->points[i - 1].size &&
		    !target_same(curves->points[i].target, curves->points[i - 1].target))
			return false;
	return true;
}

void target_curves_gather(struct target_curves *curves, const struct figure_input *input,
			  double (*cost)(const struct target_point *point))
{
	size_t capacity = 0;

	*curves = (struct target_curves){.cost = cost, .targets = {HUGE_VAL, -HUGE_VAL}};
	if (!input->n_targets)
		add_points(curves, input, (double)NAN, &capacity);
	for (size_t i = 0; i < input->n_targets; i++)
		add_points(curves, input, input->targets[i], &capacity);
	if (curves->n)
		qsort(curves->points, curves->n, sizeof(*curves->points), by_curve_and_batch);
	for (size_t i = 0; i < curves->n; i++) {
		double target = curves->points[i].target;

		curves->targets =
			chart_range_union(curves->targets, (struct chart_range){target, target});
		curves->longest = fmax(curves->longest, cost(&curves->points[i]));
	}
	curves->one_each = has_one_each(curves);
}

void target_curves_release(struct target_curves *curves)
{
	free(curves->points);
	*curves = (struct target_curves){0};
}
