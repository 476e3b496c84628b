/* SPDX-License-Identifier: MIT */
#include "cmd/bench_subject.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"

#define WARM_UP_STEPS 2

static void fill(const void *context, uint64_t first, size_t n, size_t length, int32_t *inputs,
		 int32_t *targets)
{
	const struct bench_subject *s = context;
	size_t per_step = (size_t)s->plan.batch_tokens / length;

	for (size_t i = 0; i < n; i++) {
		const int32_t *window = s->tokens + (first + i) % per_step * length;

		memcpy(inputs + i * length, window, length * sizeof(*inputs));
		memcpy(targets + i * length, window + 1, length * sizeof(*targets));
	}
}

static const void *optimizer_defaults(const struct optimizer_type *type, struct arena *arena)
{
	void *options = arena_alloc(arena, type->options_size);

	keys_set_defaults(type->keys, type->n_keys, options, arena);
	key_set(keys_find(type->keys, type->n_keys, "lr"), options, "1e-3", arena, NULL);
	return options;
}

static void plan(struct bench_subject *s, const struct bench_case *what)
{
	int64_t tokens = what->config->sequences * what->config->model.context;

	s->plan = (struct step_plan){
		.model = what->config->model,
		.optimizer = what->optimizer,
		.optimizer_options = optimizer_defaults(what->optimizer, &s->arena),
		.schedule = {.kind = SCHEDULE_CONSTANT, .steps = INT64_MAX, .final_lr_ratio = 1},
		.batch_tokens = tokens,
		.micro_batch_tokens = tokens,
		.grad_clip = 1,
	};
}

static void draw_tokens(struct bench_subject *s)
{
	struct random random = random_stream(0, 0);

	s->tokens = xcalloc((size_t)s->plan.batch_tokens + 1, sizeof(*s->tokens));
	for (int64_t i = 0; i <= s->plan.batch_tokens; i++)
		s->tokens[i] = (int32_t)random_below(&random, (uint64_t)s->plan.model.vocab);
}

int bench_subject_check(const struct bench_subject *s, struct error *err)
{
	const struct stepper *stepper = &s->stepper;

	if (isfinite(stepper->loss) && isfinite(stepper->gradient_norm))
		return 0;
	return error_set(err, ERR_DIVERGED, "loss %g and gradient norm %g at step %lld",
			 stepper->loss, stepper->gradient_norm, (long long)stepper->step);
}

int bench_subject_step(struct bench_subject *s, struct error *err)
{
	int result = stepper_step(&s->stepper, false, err);

	return result ? result : bench_subject_check(s, err);
}

static int warm_up(struct bench_subject *s, struct error *err)
{
	int result = 0;

	for (int i = 0; i < WARM_UP_STEPS && !result; i++) {
		double start = clock_s();

		result = bench_subject_step(s, err);
		s->step_s = clock_s() - start;
	}
	return result;
}

int bench_subject_open(struct bench_subject *s, const struct bench_case *what, struct error *err)
{
	int result;

	*s = (struct bench_subject){0};
	plan(s, what);
	draw_tokens(s);
	result = backend_open(&s->backend, what->backend, &what->use, err);
	if (!result)
		result = stepper_init(&s->stepper, &s->plan, (struct token_source){fill, s},
				      s->backend, err);
	return result ? result : warm_up(s, err);
}

void bench_subject_close(struct bench_subject *s)
{
	stepper_release(&s->stepper);
	backend_close(s->backend);
	free(s->tokens);
	arena_release(&s->arena);
	*s = (struct bench_subject){0};
}
