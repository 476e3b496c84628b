/* SPDX-License-Identifier: MIT */
#include "plots/target_curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plots/figure_parts.h"
#include "plots/target_points.h"

#define MOST_SHARED 6 /* targets in a legend */

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

double target_curves_below(const struct target_curves *curves, double loss, const size_t *size)
{
	double best = (double)NAN;

	for (size_t i = 0; i < curves->n; i++) {
		double target = curves->points[i].target;

		if (target < loss && (isinf(loss) || !target_same(target, loss)) &&
		    (!size || curves->points[i].size == *size))
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

static void keep_drawn(struct target_curves *curves)
{
	size_t kept = 0;

	for (size_t i = 0; i < curves->n; i++)
		if (is_drawn(curves, &curves->points[i]))
			curves->points[kept++] = curves->points[i];
	curves->n = kept;
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

static struct chart_range range_of(const struct target_curves *curves, const size_t *size)
{
	struct chart_range range = {HUGE_VAL, -HUGE_VAL};

	for (size_t i = 0; i < curves->n; i++) {
		double target = curves->points[i].target;

		if (!size || curves->points[i].size == *size)
			range = chart_range_union(range, (struct chart_range){target, target});
	}
	return range;
}

struct chart_range target_curves_range(const struct target_curves *curves, size_t size)
{
	return range_of(curves, curves->shared ? NULL : &size);
}

void target_curves_gather(struct target_curves *curves, const struct figure_input *input,
			  double (*cost)(const struct target_point *point))
{
	double target = HUGE_VAL;
	size_t n_targets = 0;

	*curves = (struct target_curves){.cost = cost};
	curves->n = figure_target_points(input, &curves->points);
	keep_drawn(curves);
	if (curves->n)
		qsort(curves->points, curves->n, sizeof(*curves->points), by_curve_and_batch);
	for (size_t i = 0; i < curves->n; i++)
		curves->longest = fmax(curves->longest, cost(&curves->points[i]));
	while (isfinite(target = target_curves_below(curves, target, NULL)))
		n_targets++;
	curves->shared = n_targets <= MOST_SHARED;
}

void target_curves_release(struct target_curves *curves)
{
	free(curves->points);
	*curves = (struct target_curves){0};
}
