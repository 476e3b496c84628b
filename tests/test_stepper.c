/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "sweep/stepper.h"
#include "tensor/ops.h"
#include "tests/check.h"

#define CONTEXT 8
#define BATCH	32
#define VOCAB	11

/* Tokens that differ from window to window. */
static void fill(const void *context, uint64_t first, size_t n, size_t length, int32_t *inputs,
		 int32_t *targets)
{
	int64_t *asked = *(int64_t *const *)context;

	*asked += (int64_t)n;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < length; j++) {
			size_t at = (size_t)first + i + j;

			inputs[i * length + j] = (int32_t)(at * at % VOCAB);
			targets[i * length + j] = (int32_t)((at + 1) * (at + 1) % VOCAB);
		}
}

struct fixture {
	struct arena arena;
	struct step_plan plan;
	struct backend *backend;
	struct stepper stepper;
	int64_t asked, *asked_at; /* windows */
};

static void fixture_open(struct fixture *f, const char *optimizer, const char *lr, double clip,
			 int64_t micro_batch)
{
	const struct optimizer_type *type = optimizer_find(optimizer);
	struct error err = ERROR_INIT;
	void *options;

	*f = (struct fixture){.asked_at = NULL};
	f->asked_at = &f->asked;
	options = arena_alloc(&f->arena, type->options_size);
	keys_set_defaults(type->keys, type->n_keys, options, &f->arena);
	check_ok(key_set(keys_find(type->keys, type->n_keys, "lr"), options, lr, &f->arena, &err),
		 &err);
	f->plan = (struct step_plan){
		.optimizer = type,
		.optimizer_options = options,
		.schedule = {.kind = SCHEDULE_CONSTANT, .steps = 100, .warmup_steps = 4},
		.batch_tokens = BATCH,
		.micro_batch_tokens = micro_batch,
		.grad_clip = clip,
		.init_seed = 7,
	};
	keys_set_defaults(model_keys, n_model_keys, &f->plan.model, &f->arena);
	f->plan.model.d_model = 8;
	f->plan.model.n_layers = 1;
	f->plan.model.head_dim = 4;
	f->plan.model.context = CONTEXT;
	f->plan.model.vocab = VOCAB;
	check_ok(model_config_resolve(&f->plan.model, &err), &err);
	check_ok(backend_open(&f->backend, "cpu", NULL, &err), &err);
	check_ok(stepper_init(&f->stepper, &f->plan, (struct token_source){fill, &f->asked_at},
			      f->backend, &err),
		 &err);
}

static void fixture_close(struct fixture *f)
{
	stepper_release(&f->stepper);
	backend_close(f->backend);
	arena_release(&f->arena);
}

static double *weights_of(struct fixture *f, size_t *n)
{
	const struct tensor *weights = &model_params(f->stepper.model)->weights;
	double *values;

	*n = tensor_size(weights);
	values = malloc(*n * sizeof(*values));
	tensor_read(weights, values);
	return values;
}

static void a_step_is_its_two_halves(void **state)
{
	struct error err = ERROR_INIT;
	struct fixture whole, halves;
	double *a, *b;
	size_t n;

	(void)state;
	fixture_open(&whole, "muon", "0.02", 1, BATCH);
	fixture_open(&halves, "muon", "0.02", 1, BATCH);
	for (int i = 0; i < 3; i++) {
		check_ok(stepper_step(&whole.stepper, false, &err), &err);
		stepper_gradients(&halves.stepper);
		check_ok(stepper_update(&halves.stepper, false, &err), &err);
	}
	a = weights_of(&whole, &n);
	b = weights_of(&halves, &n);
	assert_memory_equal(a, b, n * sizeof(*a));
	assert_memory_equal(&whole.stepper.loss, &halves.stepper.loss, sizeof(double));
	assert_int_equal(whole.stepper.step, 3);
	free(a);
	free(b);
	fixture_close(&whole);
	fixture_close(&halves);
}

static void micro_batches_see_every_window_once(void **state)
{
	struct error err = ERROR_INIT;
	struct fixture whole, split;

	(void)state;
	fixture_open(&whole, "adamw", "0.01", 0, BATCH);
	fixture_open(&split, "adamw", "0.01", 0, CONTEXT);
	for (int i = 0; i < 5; i++) {
		check_ok(stepper_step(&whole.stepper, false, &err), &err);
		check_ok(stepper_step(&split.stepper, false, &err), &err);
		check_near(split.stepper.loss, whole.stepper.loss, 1e-5, 0);
		check_near(split.stepper.gradient_norm, whole.stepper.gradient_norm, 1e-4, 0);
	}
	assert_int_equal(whole.asked, 5 * BATCH / CONTEXT);
	assert_int_equal(split.asked, 5 * BATCH / CONTEXT);
	fixture_close(&whole);
	fixture_close(&split);
}

static void clipping_and_schedule_are_told(void **state)
{
	struct error err = ERROR_INIT;
	struct fixture f;

	(void)state;
	fixture_open(&f, "sgd", "0.1", 0.01, BATCH);
	check_ok(stepper_step(&f.stepper, false, &err), &err);
	assert_true(f.stepper.gradient_norm > 0.01);
	check_near(f.stepper.gradient_scale * f.stepper.gradient_norm, 0.01, 1e-12, 0);
	check_near(f.stepper.lr_factor, 0.25, 1e-12, 0);
	check_near(f.stepper.loss, log(VOCAB), 0.3, 0);
	fixture_close(&f);
}

static void a_gradient_that_is_not_finite_changes_no_weight(void **state)
{
	struct error err = ERROR_INIT;
	struct fixture f;
	double *before, *after;
	size_t n;

	(void)state;
	fixture_open(&f, "adamw", "0.01", 1, BATCH);
	stepper_gradients(&f.stepper);
	op_fill(&model_params(f.stepper.model)->gradients, (double)NAN);
	before = weights_of(&f, &n);
	check_ok(stepper_update(&f.stepper, false, &err), &err);
	after = weights_of(&f, &n);
	assert_memory_equal(before, after, n * sizeof(*before));
	assert_true(isnan(f.stepper.gradient_norm));
	free(before);
	free(after);
	fixture_close(&f);
}

static void the_phases_are_the_time(void **state)
{
	struct error err = ERROR_INIT;
	struct step_seconds *s;
	struct fixture f;
	double start, whole, sum, most = 0;

	(void)state;
	fixture_open(&f, "muon", "0.02", 1, CONTEXT);
	s = &f.stepper.seconds;
	/* Until the machine leaves one step undisturbed. */
	for (int i = 0; i < 10 || (most < 0.5 && i < 10000); i++) {
		*s = (struct step_seconds){0};
		start = clock_s();
		check_ok(stepper_step(&f.stepper, false, &err), &err);
		whole = clock_s() - start;
		sum = s->forward + s->backward + s->optimizer + s->other;
		assert_true(s->forward > 0 && s->backward > 0 && s->optimizer > 0 && s->other > 0);
		assert_true(sum <= whole + 1e-6);
		most = fmax(most, sum / whole);
	}
	assert_true(most >= 0.5);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_its_two_halves),
		cmocka_unit_test(micro_batches_see_every_window_once),
		cmocka_unit_test(clipping_and_schedule_are_told),
		cmocka_unit_test(a_gradient_that_is_not_finite_changes_no_weight),
		cmocka_unit_test(the_phases_are_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
