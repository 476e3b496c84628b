/* SPDX-License-Identifier: MIT */
#include "results/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/bootstrap.h"

static int by_compute(const void *a, const void *b)
{
	const struct study_point *p = *(const struct study_point *const *)a;
	const struct study_point *q = *(const struct study_point *const *)b;

	if (p->compute != q->compute)
		return p->compute < q->compute ? -1 : 1;
	return p->cell < q->cell ? -1 : p->cell > q->cell;
}

static bool has_columns(const struct study_point *point, unsigned columns)
{
	return (!(columns & LAW_PARAMS) || point->params > 0) &&
	       (!(columns & LAW_TOKENS) || point->tokens > 0);
}

static double compute_of(const struct study_point *point, enum sample_compute compute)
{
	switch (compute) {
	case SAMPLE_FLOPS:
		return point->flops;
	case SAMPLE_FLOPS_AND_OPTIMIZER:
		return point->flops + point->flops_optimizer;
	case SAMPLE_COMPUTE:
		break;
	}
	return point->compute;
}

void sample_gather(struct sample *sample, const struct study *study,
		   const struct study_point *points, size_t arm, unsigned columns, bool frontier,
		   enum sample_compute compute)
{
	size_t n = 0;

	*sample = (struct sample){0};
	sample->from = xmalloc((study->n_cells + 1) * sizeof(*sample->from));
	for (size_t i = 0; i < study->n_cells; i++) {
		const struct study_point *point = &points[i];

		if (point->arm != arm || !isfinite(point->loss) || (frontier && !point->frontier))
			continue;
		if (has_columns(point, columns) && isfinite(compute_of(point, compute)))
			sample->from[n++] = point;
		else
			sample->n_without++;
	}
	qsort(sample->from, n, sizeof(*sample->from), by_compute);
	sample->points = xmalloc((n + 1) * sizeof(*sample->points));
	sample->weight = xmalloc((n + 1) * sizeof(*sample->weight));
	for (size_t i = 0; i < n; i++) {
		const struct study_point *from = sample->from[i];

		sample->points[i] = (struct law_point){compute_of(from, compute), from->params,
						       from->tokens, from->loss};
		sample->weight[i] = from->weight;
	}
	sample->data = (struct law_data){sample->points, sample->weight, n};
}

void sample_release(struct sample *sample)
{
	free(sample->points);
	free(sample->weight);
	free(sample->from);
	*sample = (struct sample){0};
}

/* Student's t over the normal at 95 %, by the expansion in 1/dof: what few residuals know too
 * little of their own size. */
static double student_width(size_t dof)
{
	double z = 1.6448536269514722, z2 = z * z, v = (double)dof;

	return 1 + (z2 + 1) / (4 * v) + (z2 * (5 * z2 + 16) + 3) / (96 * v * v);
}

void residuals_take(struct residuals *residuals, const struct sample *sample,
		    double (*predict)(const double *, const struct law_point *),
		    const double *parameters, size_t n, size_t p)
{
	*residuals = (struct residuals){.predict = predict};
	memcpy(residuals->parameters, parameters, sizeof(residuals->parameters));
	residuals->values = xmalloc((sample->data.n + 1) * sizeof(double));
	if (n <= p)
		return;
	for (size_t i = 0; i < sample->data.n; i++)
		if (sample->from[i]->single)
			residuals->values[residuals->n++] =
				log(sample->points[i].loss /
				    predict(parameters, &sample->points[i])) *
				sqrt((double)n / (double)(n - p)) * student_width(n - p);
}

void residuals_release(struct residuals *residuals)
{
	free(residuals->values);
	residuals->values = NULL;
}

bool sample_add_noise(struct sample *sample, const struct study *study,
		      const struct residuals *residuals, uint64_t seed, size_t replicate)
{
	for (size_t i = 0; i < sample->data.n; i++) {
		const struct study_cell *cell = &study->cells[sample->from[i]->cell];
		double u;

		if (!sample->from[i]->single)
			continue;
		if (residuals->n == 0)
			return false;
		u = bootstrap_uniform(seed, replicate, cell->stratum, cell->budget_group);
		sample->points[i].loss =
			residuals->predict(residuals->parameters, &sample->points[i]) *
			exp(residuals->values[(size_t)(u * (double)residuals->n)]);
	}
	return true;
}
