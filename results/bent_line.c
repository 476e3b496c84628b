/* SPDX-License-Identifier: MIT
 *
 * With the split between two points fixed, the level of the left and the line of the right are
 * independent least squares that meet where they cross.  Where they do not cross between the two
 * points, the bend is at one of them.
 */
#include "results/bent_line.h"

#include <math.h>

#define SIDE 2 /* different x on either side of the bend, at least */

/* Weighted sums over some points. */
struct sums {
	double w, x, y, xx, xy;
};

static struct sums sums_of(const struct bent_point *points, size_t n)
{
	struct sums s = {0};

	for (size_t i = 0; i < n; i++) {
		double w = points[i].weight;

		s.w += w;
		s.x += w * points[i].x;
		s.y += w * points[i].y;
		s.xx += w * points[i].x * points[i].x;
		s.xy += w * points[i].x * points[i].y;
	}
	return s;
}

static double squares(const struct bent_point *points, size_t n, const struct bent_line *line)
{
	double total = 0;

	for (size_t i = 0; i < n; i++) {
		double rise = fmax(0, points[i].x - line->bend);
		double r = points[i].y - line->level - line->slope * rise;

		total += points[i].weight * r * r;
	}
	return total;
}

static void offer(const struct bent_point *points, size_t n, struct bent_line line,
		  struct bent_line *best)
{
	if (!(line.slope > 0 && line.slope <= 1) || !isfinite(line.bend))
		return;
	line.squares = squares(points, n, &line);
	if (line.squares < best->squares)
		*best = line;
}

/* The bend between points k - 1 and k. */
static void try_between(const struct bent_point *points, size_t n, size_t k, bool steepest,
			struct bent_line *best)
{
	struct sums left = sums_of(points, k), right = sums_of(points + k, n - k);
	double spread = right.w * right.xx - right.x * right.x;
	struct bent_line line = {.level = left.y / left.w, .slope = 1};

	if (!steepest)
		line.slope = (right.w * right.xy - right.x * right.y) / spread;
	line.bend = right.x / right.w - (right.y / right.w - line.level) / line.slope;
	if (line.bend >= points[k - 1].x && line.bend <= points[k].x)
		offer(points, n, line, best);
}

/* The bend at a point: least squares of the level and the slope, or of the level alone. */
static void try_at(const struct bent_point *points, size_t n, double bend, struct bent_line *best)
{
	double w = 0, u = 0, uu = 0, y = 0, uy = 0;
	struct bent_line line = {.bend = bend};

	for (size_t i = 0; i < n; i++) {
		double rise = fmax(0, points[i].x - bend), weight = points[i].weight;

		w += weight;
		u += weight * rise;
		uu += weight * rise * rise;
		y += weight * points[i].y;
		uy += weight * rise * points[i].y;
	}
	line.slope = fmin((w * uy - u * y) / (w * uu - u * u), 1);
	line.level = (y - line.slope * u) / w;
	offer(points, n, line, best);
}

/* Different x of weight above 0 among n points. */
static size_t count_different(const struct bent_point *points, size_t n)
{
	double last = -HUGE_VAL;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (points[i].weight > 0 && points[i].x > last + 1e-9) {
			last = points[i].x;
			count++;
		}
	return count;
}

bool bent_line_fit(const struct bent_point *points, size_t n, struct bent_line *line)
{
	*line = (struct bent_line){.squares = HUGE_VAL};
	for (size_t k = 1; k < n; k++) {
		if (count_different(points, k) < SIDE || count_different(points + k, n - k) < SIDE)
			continue;
		try_between(points, n, k, false, line);
		try_between(points, n, k, true, line);
		try_at(points, n, points[k - 1].x, line);
		try_at(points, n, points[k].x, line);
	}
	return isfinite(line->squares);
}
