/* SPDX-License-Identifier: MIT */
#include "sweep/stepper.h"

#include <math.h>

#include "base/clock.h"
#include "tensor/ops.h"

int stepper_init(struct stepper *s, const struct step_plan *plan, struct token_source source,
		 struct backend *backend, struct error *err)
{
	size_t context = (size_t)plan->model.context;
	size_t sequences = (size_t)plan->micro_batch_tokens / context;
	int result;

	*s = (struct stepper){.plan = plan, .source = source, .backend = backend};
	result = model_new(&s->model, &plan->model, backend, sequences, err);
	if (!result)
		result = optimizer_new(&s->optimizer, plan->optimizer, plan->optimizer_options,
				       model_params(s->model), err);
	if (result)
		return result;
	windows_init(&s->windows, sequences, context);
	model_init(s->model, plan->init_seed);
	return 0;
}

void stepper_release(struct stepper *s)
{
	windows_release(&s->windows);
	optimizer_free(s->optimizer);
	model_free(s->model);
	*s = (struct stepper){0};
}

void stepper_archive(struct stepper *s, struct archive *a)
{
	struct optimizer *o = s->optimizer;
	struct tensor state = optimizer_state(o), max_logits = model_max_logits(s->model);

	ARCHIVE_FIELD(a, s->step);
	ARCHIVE_FIELD(a, s->seconds);
	ARCHIVE_FIELD(a, s->loss);
	ARCHIVE_FIELD(a, s->gradient_norm);
	ARCHIVE_FIELD(a, s->gradient_scale);
	ARCHIVE_FIELD(a, s->lr_factor);
	ARCHIVE_FIELD(a, o->orthogonalisations);
	archive_bytes(a, o->observed, o->params->n * sizeof(*o->observed));
	archive_tensor(a, &max_logits);
	archive_tensor(a, &model_params(s->model)->weights);
	archive_tensor(a, &state);
}

/* Adds the gradients of the next n windows; returns the sum of their losses. */
static double accumulate(struct stepper *s, uint64_t first, size_t n)
{
	struct windows *w = &s->windows;
	double forward_s, backward_s, sum = 0;

	s->source.fill(s->source.context, first, n, w->context, w->inputs, w->targets);
	model_set_batch(s->model, w->inputs, w->targets, n);
	model_forward_backward(s->model, 1 / (double)s->plan->batch_tokens, &forward_s,
			       &backward_s);
	model_read_losses(s->model, w->losses);
	for (size_t i = 0; i < n * w->context; i++)
		sum += w->losses[i];
	s->seconds.forward += forward_s;
	s->seconds.backward += backward_s;
	s->seconds.other -= forward_s + backward_s;
	return sum;
}

void stepper_gradients(struct stepper *s)
{
	size_t per_step = (size_t)s->plan->batch_tokens / s->windows.context;
	double sum = 0;

	s->seconds.other -= clock_s();
	model_zero_gradients(s->model);
	for (size_t first = 0; first < per_step; first += s->windows.capacity) {
		size_t left = per_step - first;

		sum += accumulate(s, (uint64_t)s->step * per_step + first,
				  left < s->windows.capacity ? left : s->windows.capacity);
	}
	s->loss = sum / (double)s->plan->batch_tokens;
	s->seconds.other += clock_s();
}

int stepper_update(struct stepper *s, bool observe, struct error *err)
{
	double start = clock_s(), limit = s->plan->grad_clip;
	double norm = sqrt(op_sum_squares(&model_params(s->model)->gradients));
	struct optimizer_step step = {
		.step = s->step + 1,
		.schedule = schedule_factor(&s->plan->schedule, s->step),
		.gradient_scale = limit > 0 && norm > limit ? limit / norm : 1,
		.observe = observe,
	};
	int result;

	s->step++;
	s->gradient_norm = norm;
	s->gradient_scale = step.gradient_scale;
	s->lr_factor = step.schedule;
	if (isfinite(norm))
		optimizer_step(s->optimizer, &step);
	result = backend_sync(s->backend, err);
	s->seconds.optimizer += clock_s() - start;
	return result;
}

int stepper_step(struct stepper *s, bool observe, struct error *err)
{
	stepper_gradients(s);
	return stepper_update(s, observe, err);
}
