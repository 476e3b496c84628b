/* SPDX-License-Identifier: MIT
 *
 * A whole training on several threads.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "models/model.h"
#include "optim/optimizer.h"

struct training {
	struct backend *backend;
	struct arena arena;
	struct model *model;
	struct optimizer *optimizer;
};

enum { SEQUENCES = 6, CONTEXT = 48, STEPS = 3 };

static void set_options(void *into, const struct optimizer_type *type, struct arena *arena)
{
	struct error err;

	keys_set_defaults(type->keys, type->n_keys, into, arena);
	check_ok(key_set(keys_find(type->keys, type->n_keys, "lr"), into, "0.01", arena, &err),
		 &err);
}

static void training_open(struct training *t, struct backend_options options, const char *optimizer)
{
	const struct optimizer_type *type = optimizer_find(optimizer);
	struct model_config config = {.d_model = 160,
				      .n_layers = 2,
				      .head_dim = 32,
				      .kv_heads = 5,
				      .ffn_hidden = 288,
				      .rope_base = 1e4,
				      .context = CONTEXT,
				      .vocab = 257};
	void *settings = arena_alloc(&t->arena, type->options_size);
	struct error err;

	set_options(settings, type, &t->arena);
	check_ok(backend_open(&t->backend, "cpu", &options, &err), &err);
	check_ok(model_new(&t->model, &config, t->backend, SEQUENCES, &err), &err);
	check_ok(optimizer_new(&t->optimizer, type, settings, model_params(t->model), &err), &err);
	model_init(t->model, 0);
}

static void training_close(struct training *t)
{
	optimizer_free(t->optimizer);
	model_free(t->model);
	backend_close(t->backend);
	arena_release(&t->arena);
}

/* The losses of the last batch after some steps. */
static void train(struct backend_options options, const char *optimizer,
		  double losses[SEQUENCES * CONTEXT])
{
	int32_t tokens[SEQUENCES * CONTEXT + 1];
	struct training t = {0};

	for (int i = 0; i <= SEQUENCES * CONTEXT; i++)
		tokens[i] = i * i % 257;
	training_open(&t, options, optimizer);
	for (int i = 1; i <= STEPS; i++) {
		const struct optimizer_step step = {.step = i, .schedule = 1, .gradient_scale = 1};

		model_zero_gradients(t.model);
		model_set_batch(t.model, tokens, tokens + 1, SEQUENCES);
		model_forward_backward(t.model, 1.0 / (SEQUENCES * CONTEXT), NULL, NULL);
		model_read_losses(t.model, losses);
		optimizer_step(t.optimizer, &step);
	}
	training_close(&t);
}

static void training_repeats_its_bits_and_is_that_of_one_thread(void **state)
{
	static const struct {
		const char *optimizer;
		enum precision precision;
		double tolerance;
	} cases[] = {
		{"adamw", PRECISION_FP32, 1e-4},
		{"muon", PRECISION_FP32, 1e-4},
		{"adamw", PRECISION_BF16, 3e-2},
		{"muon", PRECISION_BF16, 3e-2},
	};
	enum { N = SEQUENCES * CONTEXT };
	double one[N], two[N], again[N];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct backend_options single = {1, cases[i].precision};
		const struct backend_options several = {2, cases[i].precision};

		train(single, cases[i].optimizer, one);
		train(several, cases[i].optimizer, two);
		train(several, cases[i].optimizer, again);
		assert_memory_equal(two, again, sizeof(two));
		check_close(two, one, N, cases[i].tolerance, cases[i].tolerance);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(training_repeats_its_bits_and_is_that_of_one_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
