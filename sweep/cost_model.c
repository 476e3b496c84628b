/* SPDX-License-Identifier: MIT
 *
 * Each part is fitted by itself: minimise over u >= 0
 *
 *     sum_i w_i (sum_k u_k f_ik c_k / t_i - 1)^2  +  STIFFNESS sum_k (u_k - 1)^2
 *
 * t_i the measured seconds, f_ik features, c_k the typical machine times the speed of this one
 * (the median of t_i over the typical machine's time), w_i 1 for rows of the same backend,
 * precision, threads, jobs and optimizer and less for others.  What remains, ln measured over
 * modelled, is averaged over the rows by 1 / distance^2 in the logarithms of the shapes (Shepard
 * 1968), with a row of ratio 1 at distance REACH.
 */
#include "sweep/cost_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "base/order.h"
#include "sweep/cost_features.h"

#define STIFFNESS	0.03
#define REACH		0.5
#define OTHER_OPTIMIZER 0.05 /* weights of rows that are not quite alike */
#define OTHER_JOBS	0.5
#define OTHER_CLASS	0.02 /* backend, precision or threads */
#define CLASS_DISTANCE	2.0

/* A row as a part sees it. */
struct residual {
	double gap;   /* ln measured over modelled; NAN where not measured */
	double apart; /* distance^2 by what is no number */
};

/* A part of the time of all shapes that are alike to it. */
struct part {
	const struct cost_part_model *model;
	enum cost_part index;
	struct cost_shape shape; /* one of them */
	double coefficients[COST_MAX_FEATURES];
	struct residual *residuals; /* of each row */
	size_t n_alike;		    /* rows that differ in numbers alone */
};

struct cost_model {
	const struct cost_row *rows;
	size_t n;
	double (*logs)[N_COST_NUMBERS]; /* of the shapes of the rows */
	struct part *parts;		/* fitted so far: a sweep needs few */
	size_t n_parts, capacity;
};

static void take_logs(const struct cost_shape *shape, double logs[N_COST_NUMBERS])
{
	const double *numbers = cost_shape_numbers(shape);

	for (size_t i = 0; i < N_COST_NUMBERS; i++)
		logs[i] = log(numbers[i] + 1);
}

struct cost_model *cost_model_new(const struct cost_row *rows, size_t n)
{
	struct cost_model *model = xcalloc(1, sizeof(*model));

	*model = (struct cost_model){.rows = rows, .n = n};
	model->logs = xcalloc(n + 1, sizeof(*model->logs));
	for (size_t i = 0; i < n; i++)
		take_logs(&rows[i].shape, model->logs[i]);
	return model;
}

void cost_model_free(struct cost_model *model)
{
	if (!model)
		return;
	for (size_t i = 0; i < model->n_parts; i++)
		free(model->parts[i].residuals);
	free(model->parts);
	free(model->logs);
	free(model);
}

/* --- one part: the rows that have it --- */

static double part_time(const struct cost_row *row, enum cost_part index)
{
	struct cost_parts parts = row->parts;

	return cost_parts_array(&parts)[index];
}

/* Seconds of a typical machine times the handicap of how it runs. */
static void scaled_features(const struct part *part, const struct cost_shape *shape,
			    double values[COST_MAX_FEATURES])
{
	double handicap = cost_handicap(shape);

	part->model->features(shape, values);
	for (size_t k = 0; k < part->model->n; k++)
		values[k] *= handicap * part->model->typical[k];
}

static double modelled(const struct part *part, const struct cost_shape *shape)
{
	double values[COST_MAX_FEATURES], sum = 0;

	scaled_features(part, shape, values);
	for (size_t k = 0; k < part->model->n; k++)
		sum += part->coefficients[k] * values[k];
	return sum;
}

static bool same_class(const struct cost_shape *a, const struct cost_shape *b)
{
	return strcmp(a->backend, b->backend) == 0 && strcmp(a->precision, b->precision) == 0 &&
	       a->threads == b->threads;
}

static bool same_optimizer(const struct part *part, const struct cost_shape *shape)
{
	return part->index != COST_PART_step ||
	       strcmp(shape->optimizer, part->shape.optimizer) == 0;
}

static double row_weight(const struct part *part, const struct cost_row *row)
{
	double weight = same_class(&row->shape, &part->shape) ? 1 : OTHER_CLASS;

	if (isnan(part_time(row, part->index)))
		return 0;
	if (!same_optimizer(part, &row->shape))
		weight *= OTHER_OPTIMIZER;
	return row->shape.jobs == part->shape.jobs ? weight : weight * OTHER_JOBS;
}

/* The median of measured over modelled, of the rows that are most alike. */
static double machine_speed(const struct cost_model *model, const struct part *part)
{
	double *ratios = xcalloc(model->n + 1, sizeof(*ratios)), best = 0, speed = 1;
	size_t n = 0;

	for (size_t i = 0; i < model->n; i++)
		best = fmax(best, row_weight(part, &model->rows[i]));
	for (size_t i = 0; i < model->n && best > 0; i++) {
		const struct cost_row *row = &model->rows[i];

		if (row_weight(part, row) >= best * OTHER_JOBS)
			ratios[n++] = part_time(row, part->index) / modelled(part, &row->shape);
	}
	if (n > 0) {
		qsort(ratios, n, sizeof(*ratios), double_ascending);
		speed = ratios[n / 2];
	}
	free(ratios);
	return speed;
}

static void fit(const struct cost_model *model, struct part *part)
{
	double a[COST_MAX_FEATURES * COST_MAX_FEATURES] = {0}, b[COST_MAX_FEATURES] = {0};
	double g[COST_MAX_FEATURES], u[COST_MAX_FEATURES], speed;
	size_t n = part->model->n;

	for (size_t k = 0; k < n; k++)
		part->coefficients[k] = 1;
	speed = machine_speed(model, part);
	for (size_t k = 0; k < n; k++)
		a[k * n + k] = b[k] = STIFFNESS;
	for (size_t i = 0; i < model->n; i++) {
		const struct cost_row *row = &model->rows[i];
		double weight = row_weight(part, row);

		if (weight <= 0)
			continue;
		scaled_features(part, &row->shape, g);
		for (size_t k = 0; k < n; k++)
			g[k] *= speed / part_time(row, part->index);
		for (size_t k = 0; k < n; k++) {
			b[k] += weight * g[k];
			for (size_t l = 0; l < n; l++)
				a[k * n + l] += weight * g[k] * g[l];
		}
	}
	nonnegative_solve(a, b, u, n);
	for (size_t k = 0; k < n; k++)
		part->coefficients[k] = speed * u[k];
}

/* --- what was measured nearby --- */

/* The optimizer has no say in the model's time, nor tokens in the optimizer's. */
static bool matters(enum cost_part part, enum cost_use use)
{
	return use == COST_ALL || (part == COST_PART_step) == (use == COST_STEP);
}

static double distance_squared(enum cost_part part, const double x[N_COST_NUMBERS],
			       const double y[N_COST_NUMBERS])
{
	double sum = 0;

	for (size_t i = 0; i < N_COST_NUMBERS; i++)
		if (matters(part, cost_number_uses[i]))
			sum += (x[i] - y[i]) * (x[i] - y[i]);
	return sum;
}

static void find_residuals(const struct cost_model *model, struct part *part)
{
	const double far = CLASS_DISTANCE * CLASS_DISTANCE;

	part->residuals = xcalloc(model->n + 1, sizeof(*part->residuals));
	for (size_t i = 0; i < model->n; i++) {
		const struct cost_row *row = &model->rows[i];

		part->residuals[i].gap =
			log(part_time(row, part->index) / modelled(part, &row->shape));
		part->residuals[i].apart = (same_class(&row->shape, &part->shape) ? 0 : far) +
					   (same_optimizer(part, &row->shape) ? 0 : far);
		part->n_alike += part->residuals[i].apart <= 0;
	}
}

/* The factor that draws the estimate to measurements nearby. */
static double correction(const struct cost_model *model, const struct part *part,
			 const double logs[N_COST_NUMBERS])
{
	double weights = 1 / (REACH * REACH), sum = 0;

	for (size_t i = 0; i < model->n; i++) {
		const struct residual *r = &part->residuals[i];
		double weight;

		if (isnan(r->gap))
			continue;
		weight =
			1 / (distance_squared(part->index, logs, model->logs[i]) + r->apart + 1e-6);
		sum += weight * r->gap;
		weights += weight;
	}
	return exp(sum / weights);
}

/* --- all parts --- */

/* Whether the rows weigh as much for that shape as for the part's own. */
static bool is_alike(const struct part *part, const struct cost_shape *shape)
{
	return same_class(&part->shape, shape) && part->shape.jobs == shape->jobs &&
	       same_optimizer(part, shape);
}

/* Valid until the next call. */
static const struct part *find_part(struct cost_model *model, enum cost_part index,
				    const struct cost_shape *shape)
{
	struct part *part;

	for (size_t i = 0; i < model->n_parts; i++)
		if (model->parts[i].index == index && is_alike(&model->parts[i], shape))
			return &model->parts[i];
	model->parts = grow_array(model->parts, &model->capacity, model->n_parts + 1,
				  sizeof(*model->parts));
	part = &model->parts[model->n_parts++];
	*part = (struct part){.model = &cost_part_models[index], .index = index, .shape = *shape};
	fit(model, part);
	find_residuals(model, part);
	return part;
}

size_t cost_model_measured(struct cost_model *model, const struct cost_shape *shape)
{
	return find_part(model, COST_PART_token, shape)->n_alike;
}

struct cost_parts cost_model_parts(struct cost_model *model, const struct cost_shape *shape)
{
	double logs[N_COST_NUMBERS];
	struct cost_parts parts;
	double *times = cost_parts_array(&parts);

	take_logs(shape, logs);
	for (int i = 0; i < N_COST_PARTS; i++) {
		const struct part *part = find_part(model, (enum cost_part)i, shape);

		times[i] = modelled(part, shape) * correction(model, part, logs);
	}
	return parts;
}
