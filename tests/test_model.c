/* SPDX-License-Identifier: MIT
 *
 * The whole model: its gradient against central differences in double, its counts against the
 * formulas of the contract worked out by hand, partial batches, and learning.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "base/random.h"
#include "models/model.h"
#include "optim/optimizer.h"
#include "tensor/ops.h"

#define VOCAB 11

static struct model_config config_of(int d, int layers, int head_dim, int kv_heads, bool qk_norm,
				     int mlp, bool tied)
{
	struct arena arena = {0};
	struct model_config config = {0};
	struct error err = ERROR_INIT;

	keys_set_defaults(model_keys, n_model_keys, &config, &arena);
	arena_release(&arena);
	config.d_model = d;
	config.n_layers = layers;
	config.head_dim = head_dim;
	config.kv_heads = kv_heads;
	config.qk_norm = qk_norm;
	config.mlp = mlp;
	config.tie_embeddings = tied;
	config.context = 5;
	config.vocab = VOCAB;
	config.ffn_hidden = 7;
	check_ok(model_config_resolve(&config, &err), &err);
	return config;
}

static const struct variant {
	const char *name;
	int d, layers, head_dim, kv_heads;
	bool qk_norm;
	int mlp;
	bool tied;
} variants[] = {
	{"plain", 8, 2, 4, 0, false, MLP_SWIGLU, false},
	{"grouped queries", 12, 1, 2, 2, false, MLP_SWIGLU, false},
	{"QK-norm", 8, 1, 4, 1, true, MLP_SWIGLU, false},
	{"GELU, tied", 6, 2, 2, 3, false, MLP_GELU, true},
	{"all at once", 12, 2, 4, 1, true, MLP_GELU, true},
};

static struct model_config variant_config(const struct variant *v)
{
	return config_of(v->d, v->layers, v->head_dim, v->kv_heads, v->qk_norm, v->mlp, v->tied);
}

static void fill_tokens(int32_t *inputs, int32_t *targets, size_t n, uint64_t seed)
{
	struct random r = random_stream(seed, 7);

	for (size_t i = 0; i < n; i++) {
		inputs[i] = (int32_t)random_below(&r, VOCAB);
		targets[i] = (int32_t)random_below(&r, VOCAB);
	}
}

#define MOST_SEQUENCES 4

/* A model on a backend of its own, with its initial weights and a batch. */
struct subject {
	struct backend *backend;
	struct model *model;
	int32_t inputs[5 * MOST_SEQUENCES], targets[5 * MOST_SEQUENCES];
};

static void subject_open(struct subject *s, const char *backend, const struct model_config *config,
			 size_t sequences, uint64_t init_seed, uint64_t token_seed)
{
	struct error err = ERROR_INIT;

	assert_true(sequences <= MOST_SEQUENCES);
	check_ok(backend_open(&s->backend, backend, NULL, &err), &err);
	check_ok(model_new(&s->model, config, s->backend, sequences, &err), &err);
	model_init(s->model, init_seed);
	fill_tokens(s->inputs, s->targets, 5 * sequences, token_seed);
	model_set_batch(s->model, s->inputs, s->targets, sequences);
}

static void subject_close(struct subject *s)
{
	model_free(s->model);
	backend_close(s->backend);
}

static double total_loss(struct model *model, size_t n)
{
	double losses[64], sum = 0;

	model_forward(model);
	model_read_losses(model, losses);
	for (size_t i = 0; i < n; i++)
		sum += losses[i];
	return sum;
}

/* (f(x+h) - f(x-h)) / 2h with h chosen for double. */
static double difference(struct model *model, const struct param *p, double *values, size_t at,
			 size_t n)
{
	const double h = 1e-5;
	double old = values[at], up, down;

	values[at] = old + h;
	tensor_write(&p->weight, values);
	up = total_loss(model, n);
	values[at] = old - h;
	tensor_write(&p->weight, values);
	down = total_loss(model, n);
	values[at] = old;
	tensor_write(&p->weight, values);
	return (up - down) / (2 * h);
}

static void check_param_gradient(struct model *model, const struct param *p, double scale, size_t n)
{
	size_t size = param_size(p);
	double *values = xcalloc(size, sizeof(*values)), *gradient = xcalloc(size, sizeof(*values));

	tensor_read(&p->weight, values);
	tensor_read(&p->gradient, gradient);
	for (size_t at = 0; at < size; at += 1 + size / 12)
		check_near(gradient[at], scale * difference(model, p, values, at, n), 2e-7, 2e-8);
	free(values);
	free(gradient);
}

static void gradients_start_anew_add_up_and_equal_central_differences(void **state)
{
	(void)state;
	for (size_t v = 0; v < ARRAY_SIZE(variants); v++) {
		struct model_config config = variant_config(&variants[v]);
		struct subject s;
		double scale = 0.25;

		print_message("  %s\n", variants[v].name);
		subject_open(&s, "ref64", &config, 3, 3, v);
		op_fill(&model_params(s.model)->gradients, (double)NAN);
		model_zero_gradients(s.model);
		model_forward_backward(s.model, scale / 4, NULL, NULL);
		model_forward_backward(s.model, scale * 3 / 4, NULL, NULL);
		for (size_t i = 0; i < model_params(s.model)->n; i++)
			check_param_gradient(s.model, &model_params(s.model)->items[i], scale, 15);
		subject_close(&s);
	}
}

static void a_partial_batch_gives_the_losses_of_its_sequences(void **state)
{
	struct model_config config = variant_config(&variants[0]);
	struct subject s;
	double whole[20], part[20];

	(void)state;
	subject_open(&s, "ref64", &config, 4, 1, 5);
	model_forward(s.model);
	model_read_losses(s.model, whole);
	for (size_t first = 0; first < 4; first += 2) {
		model_set_batch(s.model, s.inputs + 5 * first, s.targets + 5 * first, 2);
		model_forward(s.model);
		model_read_losses(s.model, part + 5 * first);
	}
	check_close(part, whole, 20, 1e-13, 0);
	subject_close(&s);
}

static void the_future_does_not_leak(void **state)
{
	struct model_config config = variant_config(&variants[1]);
	struct subject s;
	double before[5], after[5];

	(void)state;
	subject_open(&s, "ref64", &config, 1, 1, 5);
	model_forward(s.model);
	model_read_losses(s.model, before);
	s.inputs[3] = (s.inputs[3] + 1) % VOCAB;
	model_set_batch(s.model, s.inputs, s.targets, 1);
	model_forward(s.model);
	model_read_losses(s.model, after);
	check_close(after, before, 3, 0, 0.0);
	assert_true(fabs(after[3] - before[3]) > 1e-6);
	assert_true(fabs(after[4] - before[4]) > 1e-9);
	subject_close(&s);
}

static void the_largest_logits_are_those_of_training(void **state)
{
	struct model_config config = variant_config(&variants[1]);
	struct subject s;
	double logits[64];

	(void)state;
	assert_true(config.n_layers * config.d_model / config.head_dim <= 64);
	subject_open(&s, "ref64", &config, 1, 1, 5);
	model_forward(s.model);
	model_take_max_logits(s.model, logits);
	assert_true(logits[0] == -HUGE_VAL);
	model_forward_backward(s.model, 1, NULL, NULL);
	model_take_max_logits(s.model, logits);
	assert_true(isfinite(logits[0]));
	subject_close(&s);
}

/* By hand for d = 64, 2 layers, 4 heads of 16, SwiGLU 192, T = 128, V = 256, untied:
 * block matrices 2 (4 64^2 + 3 64 192) = 106496, embedding = head = 16384,
 * gains (2 2 + 1) 64 = 320; FLOPs per token 3 (2 106496 + 2 64 256 + 2 129 2 64). */
static void counts_follow_the_contract(void **state)
{
	struct model_config config = config_of(64, 2, 16, 0, false, MLP_SWIGLU, false);
	struct model_costs costs;

	(void)state;
	config.ffn_hidden = 192;
	config.context = 128;
	config.vocab = 256;
	costs = model_costs(&config);
	check_near(costs.params_by_group[GROUP_HIDDEN], 106496, 0, 0);
	check_near(costs.params_by_group[GROUP_EMBEDDING], 16384, 0, 0);
	check_near(costs.params_by_group[GROUP_HEAD], 16384, 0, 0);
	check_near(costs.params_by_group[GROUP_NORM], 320, 0, 0);
	check_near(costs.params, 139584, 0, 0);
	check_near(costs.flops_per_token, 836352, 0, 0);
	config.tie_embeddings = true;
	costs = model_costs(&config);
	check_near(costs.params_by_group[GROUP_HEAD], 0, 0, 0);
	check_near(costs.flops_per_token, 836352, 0, 0);
}

static void wrong_shapes_are_refused_with_a_remedy(void **state)
{
	struct model_config config = {.d_model = 80, .n_layers = 1, .head_dim = 32};
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(model_config_resolve(&config, &err), -ERR_USAGE);
	assert_string_equal(err.text, "'head_dim' 32 does not divide d_model 80; use one of 8, 10, "
				      "16, 20, 40, 80");
	config.head_dim = 16;
	config.kv_heads = 2;
	assert_int_equal(model_config_resolve(&config, &err), -ERR_USAGE);
	check_contains(err.text, "'kv_heads' 2 does not divide the 5 query heads");
}

static double train_on_one_batch(const char *backend, const char *optimizer_name, double lr,
				 int steps)
{
	struct model_config config = config_of(16, 2, 8, 0, false, MLP_SWIGLU, false);
	const struct optimizer_type *type = optimizer_find(optimizer_name);
	struct error err = ERROR_INIT;
	struct arena arena = {0};
	void *options = arena_alloc(&arena, type->options_size);
	struct subject s;
	struct optimizer *optimizer;
	char text[32];
	double loss;

	config.ffn_hidden = 32;
	keys_set_defaults(type->keys, type->n_keys, options, &arena);
	snprintf(text, sizeof(text), "%g", lr);
	check_ok(key_set(keys_find(type->keys, type->n_keys, "lr"), options, text, &arena, &err),
		 &err);
	check_ok(key_set(keys_find(type->keys, type->n_keys, "weight_decay"), options, "0", &arena,
			 &err),
		 &err);
	subject_open(&s, backend, &config, 2, 2, 9);
	check_ok(optimizer_new(&optimizer, type, options, model_params(s.model), &err), &err);
	for (int step = 1; step <= steps; step++) {
		struct optimizer_step now = {
			.step = step, .schedule = 1, .gradient_scale = 1, .observe = false};

		model_zero_gradients(s.model);
		model_forward_backward(s.model, 0.1, NULL, NULL);
		optimizer_step(optimizer, &now);
	}
	loss = total_loss(s.model, 10) / 10;
	optimizer_free(optimizer);
	subject_close(&s);
	arena_release(&arena);
	return loss;
}

static void every_optimizer_overfits_one_batch(void **state)
{
	static const struct {
		const char *optimizer;
		double lr;
		int steps;
	} cases[] = {{"adamw", 0.01, 150}, {"muon", 0.02, 150}, {"sgd", 0.3, 500}};
	static const char *const backends[] = {"ref", "cpu"};

	(void)state;
	for (size_t b = 0; b < ARRAY_SIZE(backends); b++)
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			double loss = train_on_one_batch(backends[b], cases[i].optimizer,
							 cases[i].lr, cases[i].steps);

			print_message("  %s %s: %.4f\n", backends[b], cases[i].optimizer, loss);
			assert_true(loss < 0.05);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gradients_start_anew_add_up_and_equal_central_differences),
		cmocka_unit_test(a_partial_batch_gives_the_losses_of_its_sequences),
		cmocka_unit_test(the_future_does_not_leak),
		cmocka_unit_test(the_largest_logits_are_those_of_training),
		cmocka_unit_test(counts_follow_the_contract),
		cmocka_unit_test(wrong_shapes_are_refused_with_a_remedy),
		cmocka_unit_test(every_optimizer_overfits_one_batch),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
