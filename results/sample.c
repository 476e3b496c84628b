/* SPDX-License-Identifier: MIT */
#include "results/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/bootstrap.h"
#include "results/optima.h"
#include "results/targets.h"

/* A point on its way into a sample. */
struct candidate {
	struct law_point point;
	double weight;
	struct sample_noise noise;
	size_t cell;
};

static int by_arm_and_compute(const void *a, const void *b)
{
	const struct candidate *p = a, *q = b;

	if (p->point.arm != q->point.arm)
		return p->point.arm < q->point.arm ? -1 : 1;
	if (p->point.flops < q->point.flops || p->point.flops > q->point.flops)
		return p->point.flops < q->point.flops ? -1 : 1;
	return p->cell < q->cell ? -1 : p->cell > q->cell;
}

static bool has_columns(const struct law_point *point, unsigned columns)
{
	const double values[] = {point->flops, point->params, point->tokens, point->loss,
				 point->batch, point->steps,  point->lr,     point->width};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if ((columns >> i & 1) && !(isfinite(values[i]) && values[i] > 0))
			return false;
	return true;
}

static double compute_of(const struct study_point *point, enum sample_compute compute)
{
	switch (compute) {
	case SAMPLE_FLOPS:
		return point->flops;
	case SAMPLE_FLOPS_AND_OPTIMIZER:
		return point->flops + point->flops_optimizer;
	case SAMPLE_SECONDS:
		return point->seconds;
	case SAMPLE_COMPUTE:
		break;
	}
	return point->compute;
}

/* The place of a point's arm among those chosen; n_arms: not chosen. */
static size_t find_arm(const struct sample_choice *choice, const struct study_point *point)
{
	size_t arm = 0;

	while (arm < choice->n_arms && choice->arms[arm] != point->arm)
		arm++;
	return arm;
}

static bool is_wanted(const struct study_point *point, enum law_source source)
{
	if (!isfinite(point->loss))
		return false;
	if (source == LAW_OF_FRONTIER)
		return point->frontier;
	return (source != LAW_OF_LR_OPTIMA && source != LAW_OF_BATCH_OPTIMA) || point->bowl;
}

/* Whether an optimum was looked for and is not there. */
static bool is_left_out(const struct study *study, const struct study_point *point,
			enum law_source source)
{
	if (!isfinite(point->loss) || point->bowl)
		return false;
	return source == LAW_OF_BATCH_OPTIMA ||
	       (source == LAW_OF_LR_OPTIMA && study->cells[point->cell].n_settings > 1);
}

static struct candidate candidate_of(const struct study *study, const struct study_point *from,
				     const struct sample_choice *choice)
{
	const struct study_cell *cell = &study->cells[from->cell];

	return (struct candidate){
		.point = {.flops = compute_of(from, choice->compute),
			  .params = from->params,
			  .tokens = from->tokens,
			  .loss = from->loss,
			  .batch = from->batch_tokens,
			  .steps = from->steps,
			  .lr = from->lr,
			  .width = from->width,
			  .arm = find_arm(choice, from),
			  .budget = cell->budget_group},
		.weight = from->weight,
		.noise = {from->single, cell->linked, cell->stratum, cell->budget_group,
			  cell->n_clusters,
			  choice->source == LAW_OF_FRONTIER ? from->frontier_change : from->change},
		.cell = from->cell,
	};
}

static size_t take_points(struct sample *sample, const struct study *study,
			  const struct study_point *points, size_t n_points,
			  const struct sample_choice *choice, struct candidate *taken)
{
	size_t n = 0;

	for (size_t i = 0; i < n_points; i++) {
		if (find_arm(choice, &points[i]) == choice->n_arms)
			continue;
		sample->n_left_out += is_left_out(study, &points[i], choice->source);
		if (!is_wanted(&points[i], choice->source))
			continue;
		taken[n] = candidate_of(study, &points[i], choice);
		if (has_columns(&taken[n].point, choice->columns))
			n++;
		else
			sample->n_without++;
	}
	return n;
}

static size_t take_batch_optima(struct sample *sample, const struct study *study,
				const struct study_point *points,
				const struct sample_choice *choice, struct candidate *taken)
{
	struct study_point *optima;
	size_t n = batch_optima(study, points, &optima);

	n = take_points(sample, study, optima, n, choice, taken);
	free(optima);
	return n;
}

/* Batches share no draw of a residual, but arms do. */
static struct candidate candidate_of_target(const struct study *study,
					    const struct study_point *points,
					    const struct target_point *from, double base_batch)
{
	return (struct candidate){
		.point = {.flops = from->flops,
			  .params = from->params,
			  .tokens = from->tokens,
			  .loss = from->target,
			  .batch = from->batch,
			  .steps = from->steps,
			  .lr = (double)NAN,
			  .width = (double)NAN,
			  .base_batch = base_batch,
			  .budget = study->cells[from->cell].budget_group},
		.weight = points[from->cell].weight,
		.noise = {.single = points[from->cell].single,
			  .stratum = from->size,
			  .budget = (size_t)fmax(0, 1024 * log2(from->batch)),
			  .n_clusters = 1,
			  .change = 1},
		.cell = from->cell,
	};
}

static size_t take_targets(struct sample *sample, const struct study *study,
			   const struct study_point *points, const struct sample_choice *choice,
			   struct candidate *taken)
{
	struct target_point *targets;
	size_t n_targets = targets_find(study, points, choice->target, &targets), n = 0;

	for (size_t i = 0; i < n_targets; i++) {
		if (targets[i].arm != choice->arms[0] || targets[i].size != choice->size ||
		    !target_same(targets[i].target, choice->target))
			continue;
		sample->n_left_out += targets[i].censored;
		if (targets[i].censored)
			continue;
		taken[n] = candidate_of_target(study, points, &targets[i], choice->base_batch);
		if (has_columns(&taken[n].point, choice->columns))
			n++;
		else
			sample->n_without++;
	}
	free(targets);
	return n;
}

static double width_of(const struct candidate *candidate)
{
	return candidate->point.width;
}

static int by_arm_width_and_loss(const void *a, const void *b)
{
	const struct candidate *p = a, *q = b;
	double differences[] = {(double)p->point.arm - (double)q->point.arm,
				width_of(p) - width_of(q), p->point.loss - q->point.loss,
				(double)p->cell - (double)q->cell};

	for (size_t i = 0; i < ARRAY_SIZE(differences); i++)
		if (differences[i] != 0)
			return differences[i] < 0 ? -1 : 1;
	return 0;
}

/* Keeps the lowest loss of each width of each arm; widths are whole numbers. */
static size_t keep_lowest(struct candidate *taken, size_t n)
{
	size_t kept = 0;

	qsort(taken, n, sizeof(*taken), by_arm_width_and_loss);
	for (size_t i = 0; i < n; i++)
		if (!kept || taken[kept - 1].point.arm != taken[i].point.arm ||
		    width_of(&taken[kept - 1]) != width_of(&taken[i]))
			taken[kept++] = taken[i];
	return kept;
}

static size_t take(struct sample *sample, const struct study *study,
		   const struct study_point *points, const struct sample_choice *choice,
		   struct candidate *taken)
{
	size_t n;

	if (choice->source == LAW_OF_TARGETS)
		n = take_targets(sample, study, points, choice, taken);
	else if (choice->source == LAW_OF_BATCH_OPTIMA)
		n = take_batch_optima(sample, study, points, choice, taken);
	else
		n = take_points(sample, study, points, study->n_cells, choice, taken);
	if (choice->source == LAW_OF_WIDTHS)
		n = keep_lowest(taken, n);
	qsort(taken, n, sizeof(*taken), by_arm_and_compute);
	return n;
}

void sample_gather(struct sample *sample, const struct study *study,
		   const struct study_point *points, const struct sample_choice *choice)
{
	struct candidate *taken = xmalloc((study->n_cells + 1) * sizeof(*taken));
	size_t n;

	*sample = (struct sample){0};
	n = take(sample, study, points, choice, taken);
	sample->points = xmalloc((n + 1) * sizeof(*sample->points));
	sample->weight = xmalloc((n + 1) * sizeof(*sample->weight));
	sample->noise = xmalloc((n + 1) * sizeof(*sample->noise));
	for (size_t i = 0; i < n; i++) {
		sample->points[i] = taken[i].point;
		sample->weight[i] = taken[i].weight;
		sample->noise[i] = taken[i].noise;
	}
	sample->data = (struct law_data){sample->points, sample->weight, n, choice->n_arms};
	free(taken);
}

void sample_release(struct sample *sample)
{
	free(sample->points);
	free(sample->weight);
	free(sample->noise);
	*sample = (struct sample){0};
}

/* Student's t over the normal at 95 %, by the expansion in 1/dof: what few residuals know too
 * little of their own size. */
double student_width(size_t dof)
{
	double z = 1.6448536269514722, z2 = z * z, v = (double)dof;

	if (dof == 0)
		return 1;
	return 1 + (z2 + 1) / (4 * v) + (z2 * (5 * z2 + 16) + 3) / (96 * v * v);
}

size_t sample_spare(const struct sample *sample)
{
	size_t spare = 0;

	for (size_t i = 0; i < sample->data.n; i++)
		if (!sample->noise[i].single)
			spare += sample->noise[i].n_clusters - 1;
	return spare;
}

void residuals_take(struct residuals *residuals, const struct sample *sample, const struct law *law,
		    const struct law_fit *fit, size_t n, size_t p)
{
	double *fitted = xmalloc((sample->data.n + 1) * sizeof(*fitted));

	if (law->n_spent)
		p = law->n_spent(&sample->data);
	*residuals = (struct residuals){.law = law, .fit = *fit};
	residuals->width = student_width(sample_spare(sample));
	if (n > p)
		residuals->scale = sqrt((double)n / (double)(n - p)) * student_width(n - p);
	residuals->values = xmalloc((sample->data.n + 1) * sizeof(double));
	if (n > p && law_fitted(law, &sample->data, fit, fitted))
		for (size_t i = 0; i < sample->data.n; i++)
			if (sample->noise[i].single && isfinite(fitted[i]))
				residuals->values[residuals->n++] =
					log(law_response(law, &sample->points[i]) / fitted[i]) *
					residuals->scale;
	for (size_t i = 0; i < residuals->n; i++)
		residuals->spread +=
			residuals->values[i] * residuals->values[i] / (double)residuals->n;
	residuals->spread = sqrt(residuals->spread);
	free(fitted);
}

void residuals_release(struct residuals *residuals)
{
	free(residuals->values);
	residuals->values = NULL;
}

/* A draw from the smoothed residuals, of the same variance.  A fit of absolute deviations, as
 * Huber's is where noise is above delta, goes through as many points as it has parameters: without
 * smoothing, residuals of 0 would claim that noise often is (De Angelis, Hall and Young 1993). */
static double smooth(const struct residuals *residuals, double drawn, double normal)
{
	double bandwidth = 0.9 * pow((double)residuals->n, -0.2);

	return (drawn + bandwidth * residuals->spread * normal) / sqrt(1 + bandwidth * bandwidth);
}

static double residual_of(const struct sample *sample, size_t point,
			  const struct residuals *residuals, double fitted, uint64_t seed,
			  size_t replicate)
{
	const struct sample_noise *noise = &sample->noise[point];
	double own = law_response(residuals->law, &sample->points[point]) / noise->change;
	double u = bootstrap_uniform(seed, replicate, noise->stratum, noise->budget);

	if (noise->linked)
		return bootstrap_wild(seed, replicate, noise->stratum) * residuals->scale *
		       log(own / fitted);
	return smooth(residuals, residuals->values[(size_t)(u * (double)residuals->n)],
		      bootstrap_normal(seed, replicate, noise->stratum, noise->budget));
}

bool sample_add_noise(struct sample *sample, const struct residuals *residuals, uint64_t seed,
		      size_t replicate)
{
	const struct law *law = residuals->law;
	double *fitted = xmalloc((sample->data.n + 1) * sizeof(*fitted));
	bool known = residuals->n > 0 && law_fitted(law, &sample->data, &residuals->fit, fitted);
	bool missed = false;

	for (size_t i = 0; i < sample->data.n; i++) {
		struct sample_noise *noise = &sample->noise[i];
		struct law_point *point = &sample->points[i];

		if (law->response != LAW_LOSS || !isfinite(noise->change))
			noise->change = 1;
		missed |= noise->single && !known;
		if (noise->single && !(known && isfinite(fitted[i])))
			continue;
		if (noise->single)
			law_set_response(law, point,
					 fitted[i] * noise->change *
						 exp(residual_of(sample, i, residuals, fitted[i],
								 seed, replicate)));
		else if (noise->change != 1)
			law_set_response(law, point,
					 law_response(law, point) *
						 pow(noise->change, residuals->width - 1));
	}
	free(fitted);
	return !missed;
}
