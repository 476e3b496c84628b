/* SPDX-License-Identifier: MIT */
#include "results/optima.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

#define SAME_X	 1e-9 /* logarithms this near are one value */
#define DIVERGED 1.25 /* times the lowest loss: an arm of a parabola does not rise so far */

static int by_x_and_loss(const void *a, const void *b)
{
	const struct bowl_point *p = a, *q = b;
	int order = (p->x > q->x) - (p->x < q->x);

	return order ? order : (p->loss > q->loss) - (p->loss < q->loss);
}

bool bowl_diverged(double loss, double lowest)
{
	return !(loss <= DIVERGED * lowest);
}

double parabola(const double x[3], const double y[3], double *vertex)
{
	double low = (y[1] - y[0]) / (x[1] - x[0]), high = (y[2] - y[1]) / (x[2] - x[1]);
	double bend = (high - low) / (x[2] - x[0]);

	if (isnan(*vertex))
		*vertex = 0.5 * (x[0] + x[1]) - 0.5 * low / bend;
	return y[0] + (*vertex - x[0]) * (low + bend * (*vertex - x[1]));
}

/* Through the best and its neighbours; false: they are level. */
static bool vertex_of(const struct bowl_point *three, struct bowl_point *vertex)
{
	double x[3], y[3];

	for (size_t i = 0; i < 3; i++) {
		x[i] = three[i].x;
		y[i] = three[i].loss;
	}
	if (!(y[0] > y[1] || y[2] > y[1]))
		return false;
	vertex->x = (double)NAN;
	vertex->loss = parabola(x, y, &vertex->x);
	return true;
}

bool bowl_vertex(struct bowl_point *points, size_t n, struct bowl_point *best)
{
	size_t kept = 0, lowest = 0;

	*best = (struct bowl_point){(double)NAN, (double)NAN};
	qsort(points, n, sizeof(*points), by_x_and_loss);
	for (size_t i = 0; i < n; i++)
		if (isfinite(points[i].loss) && isfinite(points[i].x) &&
		    (!kept || points[i].x > points[kept - 1].x + SAME_X))
			points[kept++] = points[i];
	for (size_t i = 1; i < kept; i++)
		if (points[i].loss < points[lowest].loss)
			lowest = i;
	if (kept == 0)
		return false;
	*best = points[lowest];
	if (lowest == 0 || lowest + 1 == kept ||
	    bowl_diverged(points[lowest - 1].loss, best->loss) ||
	    bowl_diverged(points[lowest + 1].loss, best->loss))
		return false;
	return vertex_of(&points[lowest - 1], best);
}

/* Cells [first, last) of one arm, size and budget. */
static size_t same_budget(const struct study *study, size_t first)
{
	const struct study_trial *a = &study->trials[study->cells[first].first];
	size_t last = first + 1;

	for (; last < study->n_cells; last++) {
		const struct study_trial *b = &study->trials[study->cells[last].first];

		if (a->arm != b->arm || a->size != b->size || a->budget != b->budget)
			break;
	}
	return last;
}

static bool among(const struct bowl_point *points, size_t n, double x)
{
	for (size_t i = 0; i < n; i++)
		if (fabs(points[i].x - x) <= SAME_X)
			return true;
	return false;
}

/* The optimum over the batches of several points; false: fewer than two were tried. */
static bool over_points(const struct study_point *points, size_t n, struct bowl_point *bowl,
			struct study_point *optimum)
{
	size_t n_bowl = 0, n_batches = 0, best = 0;
	struct bowl_point vertex;

	for (size_t i = 0; i < n; i++) {
		struct bowl_point point = {log(points[i].batch_tokens), points[i].loss};

		if (!isfinite(point.x) || !isfinite(point.loss))
			continue;
		n_batches += !among(bowl, n_bowl, point.x);
		if (n_bowl == 0 || point.loss < points[best].loss)
			best = i;
		bowl[n_bowl++] = point;
	}
	if (n_batches < 2)
		return false;
	*optimum = points[best];
	optimum->bowl = bowl_vertex(bowl, n_bowl, &vertex);
	optimum->batch_tokens = exp(vertex.x);
	optimum->loss = vertex.loss;
	return true;
}

size_t batch_optima(const struct study *study, const struct study_point *points,
		    struct study_point **found)
{
	struct bowl_point *bowl = xmalloc((study->n_cells + 1) * sizeof(*bowl));
	struct study_point *optima = xmalloc((study->n_cells + 1) * sizeof(*optima));
	size_t n = 0;

	for (size_t first = 0, last; first < study->n_cells; first = last) {
		last = same_budget(study, first);
		if (over_points(&points[first], last - first, bowl, &optima[n])) {
			n++;
		} else if (points[first].batch_tried && isfinite(points[first].loss)) {
			optima[n] = points[first];
			optima[n].bowl = isfinite(points[first].batch_vertex);
			if (optima[n].bowl)
				optima[n].batch_tokens = points[first].batch_vertex;
			n++;
		}
	}
	free(bowl);
	*found = optima;
	return n;
}
