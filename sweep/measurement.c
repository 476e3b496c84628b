/* SPDX-License-Identifier: MIT */
#include "sweep/measurement.h"

#include "base/clock.h"
#include "base/random.h"
#include "sweep/stepper.h"

#define EVAL_SHARE 0.2 /* of the time */

static void fill_random(const void *context, uint64_t first, size_t n, size_t length,
			int32_t *inputs, int32_t *targets)
{
	uint64_t vocab = *(const uint64_t *)context;
	struct random random = random_stream(0, first);

	for (size_t i = 0; i < n * length; i++) {
		inputs[i] = (int32_t)random_below(&random, vocab);
		targets[i] = (int32_t)random_below(&random, vocab);
	}
}

static double train(struct stepper *s, double seconds, struct cost_parts *parts, struct error *err)
{
	double start, elapsed, steps, tokens;
	int64_t before;

	if (stepper_step(s, false, err)) /* touches the memory */
		return 0;
	s->seconds = (struct step_seconds){0};
	before = s->step;
	start = clock_s();
	do {
		if (stepper_step(s, false, err))
			return 0;
		elapsed = clock_s() - start;
	} while (elapsed < seconds);
	steps = (double)(s->step - before);
	tokens = steps * (double)s->plan->batch_tokens;
	parts->token = (elapsed - s->seconds.optimizer) / tokens;
	parts->step = s->seconds.optimizer / steps;
	return elapsed;
}

static double evaluate(struct stepper *s, double seconds, struct cost_parts *parts)
{
	struct windows *w = &s->windows;
	double start = clock_s(), elapsed, tokens = 0;

	do {
		s->source.fill(s->source.context, 0, w->capacity, w->context, w->inputs,
			       w->targets);
		model_set_batch(s->model, w->inputs, w->targets, w->capacity);
		model_forward(s->model);
		model_read_losses(s->model, w->losses);
		tokens += (double)(w->capacity * w->context);
		elapsed = clock_s() - start;
	} while (elapsed < seconds);
	parts->eval = elapsed / tokens;
	return elapsed;
}

/* Micro-batch by micro-batch, for as many steps as there is time. */
static void plan_steps(const struct trial *trial, struct training *training)
{
	trial_training(trial, NULL, training);
	training->plan.batch_tokens = training->plan.micro_batch_tokens;
	training->plan.schedule = (struct schedule){
		.kind = SCHEDULE_CONSTANT, .steps = INT64_MAX, .final_lr_ratio = 1};
}

int measurement_take(const struct trial *trial, int threads, double started_s, double seconds,
		     struct cost_row *row, struct error *err)
{
	const struct train_options *train_options = &trial->options.train;
	const struct backend_options use = {threads, (enum precision)train_options->precision};
	uint64_t vocab = (uint64_t)trial->options.model.vocab;
	struct backend *backend = NULL;
	struct training training;
	struct stepper stepper = {0};
	int result =
		backend_open(&backend, backend_choices[train_options->backend].name, &use, err);

	*row = (struct cost_row){.shape = cost_shape_of(trial, threads, 1)};
	plan_steps(trial, &training);
	if (!result)
		result = stepper_init(&stepper, &training.plan,
				      (struct token_source){fill_random, &vocab}, backend, err);
	if (!result) {
		row->parts.start = clock_s() - started_s;
		row->measured_s = train(&stepper, seconds * (1 - EVAL_SHARE), &row->parts, err);
		result = backend_sync(backend, err);
	}
	if (!result)
		row->measured_s += evaluate(&stepper, seconds * EVAL_SHARE, &row->parts);
	stepper_release(&stepper);
	backend_close(backend);
	return result;
}
