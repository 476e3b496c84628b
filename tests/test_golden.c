/* SPDX-License-Identifier: MIT
 *
 * Ten steps of tiny runs on every backend against an independent implementation: model, loss,
 * clipping, schedule and optimizer at once.  See golden_values.h for where the numbers are from.
 */
#include "tests/golden_values.h"

#include "models/model.h"
#include "optim/schedule.h"
#include "tensor/ops.h"
#include "tests/on_backends.h"

#define MICRO_BATCH 3 /* sequences: the batch of 4 comes in two unequal pieces */
#define POSITIONS   (GOLDEN_BATCH * GOLDEN_CONTEXT)

struct run {
	const struct golden *golden;
	struct arena arena;
	struct backend *backend;
	struct model *model;
	struct optimizer *optimizer;
	struct schedule schedule;
};

static void apply_settings(const struct key *keys, size_t n, void *into,
			   const struct setting *settings, struct arena *arena)
{
	struct error err = ERROR_INIT;

	keys_set_defaults(keys, n, into, arena);
	for (; settings->name; settings++) {
		const struct key *key = keys_find(keys, n, settings->name);

		assert_non_null(key);
		check_ok(key_set(key, into, settings->value, arena, &err), &err);
	}
}

static double initial_weight(const char *name, size_t i)
{
	const char *end = strrchr(name, '_');
	double phase = 0, at = (double)i, wave;

	for (const char *byte = name; *byte; byte++)
		phase += *byte;
	wave = sin(phase + 0.37 * at + 0.013 * at * at);
	return end && strcmp(end, "_norm") == 0 ? 1 + 0.1 * wave : 0.3 * wave;
}

static void write_initial_weights(const struct param_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct param *p = &list->items[i];
		double *values = xcalloc(param_size(p), sizeof(*values));

		for (size_t j = 0; j < param_size(p); j++)
			values[j] = initial_weight(p->name, j);
		tensor_write(&p->weight, values);
		free(values);
	}
}

static void open_model(struct run *run)
{
	struct model_config config = {0};
	struct error err = ERROR_INIT;

	apply_settings(model_keys, n_model_keys, &config, run->golden->model, &run->arena);
	config.d_model = run->golden->d_model;
	config.n_layers = run->golden->n_layers;
	config.context = GOLDEN_CONTEXT;
	config.vocab = GOLDEN_VOCAB;
	check_ok(model_config_resolve(&config, &err), &err);
	check_ok(model_new(&run->model, &config, run->backend, MICRO_BATCH, &err), &err);
	write_initial_weights(model_params(run->model));
}

static void open_run(struct run *run, const struct golden *golden, const char *backend)
{
	const struct optimizer_type *type = optimizer_find(golden->optimizer);
	struct schedule_config schedule = {0};
	struct error err = ERROR_INIT;
	void *options;

	*run = (struct run){.golden = golden};
	check_ok(backend_open(&run->backend, backend, NULL, &err), &err);
	open_model(run);
	options = arena_alloc(&run->arena, type->options_size);
	apply_settings(type->keys, type->n_keys, options, golden->options, &run->arena);
	check_ok(optimizer_new(&run->optimizer, type, options, model_params(run->model), &err),
		 &err);
	apply_settings(schedule_keys, n_schedule_keys, &schedule, golden->schedule, &run->arena);
	run->schedule = schedule_resolve(&schedule, GOLDEN_STEPS, POSITIONS);
}

static void close_run(struct run *run)
{
	struct error err = ERROR_INIT;

	check_ok(backend_sync(run->backend, &err), &err);
	optimizer_free(run->optimizer);
	model_free(run->model);
	backend_close(run->backend);
	arena_release(&run->arena);
}

/* --- one step --- */

static int32_t token(int i, int step)
{
	return (7 * i * i + 3 * i + 5 * step) % GOLDEN_VOCAB;
}

/* Adds the gradients of `n` sequences to the mean loss of the batch; returns their summed loss. */
static double add_gradients(struct run *run, int step, int first, int n)
{
	int32_t inputs[POSITIONS], targets[POSITIONS];
	double losses[POSITIONS], sum = 0;

	for (int j = 0; j < n * GOLDEN_CONTEXT; j++) {
		inputs[j] = token(first * GOLDEN_CONTEXT + j, step);
		targets[j] = token(first * GOLDEN_CONTEXT + j + 1, step);
	}
	model_set_batch(run->model, inputs, targets, (size_t)n);
	model_forward_backward(run->model, 1.0 / POSITIONS, NULL, NULL);
	model_read_losses(run->model, losses);
	for (int j = 0; j < n * GOLDEN_CONTEXT; j++)
		sum += losses[j];
	return sum;
}

static double step_once(struct run *run, int step)
{
	double sum, norm;

	model_zero_gradients(run->model);
	sum = add_gradients(run, step, 0, MICRO_BATCH);
	sum += add_gradients(run, step, MICRO_BATCH, GOLDEN_BATCH - MICRO_BATCH);
	norm = sqrt(op_sum_squares(&model_params(run->model)->gradients));
	optimizer_step(run->optimizer,
		       &(struct optimizer_step){
			       .step = step + 1,
			       .schedule = schedule_factor(&run->schedule, step),
			       .gradient_scale = norm > GOLDEN_CLIP ? GOLDEN_CLIP / norm : 1,
		       });
	return sum / POSITIONS;
}

/* --- what it must give --- */

static double digest(const struct param *p)
{
	double *values = xcalloc(param_size(p), sizeof(*values)), sum = 0;

	tensor_read(&p->weight, values);
	for (size_t i = 0; i < param_size(p); i++)
		sum += values[i] * cos((double)i);
	free(values);
	return sum;
}

static double digest_of(const struct param_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return digest(&list->items[i]);
	return (double)NAN;
}

static void check_golden(const char *backend, const void *input)
{
	const struct golden *golden = input;
	double losses[GOLDEN_STEPS], tolerance;
	struct run run;

	open_run(&run, golden, backend);
	tolerance = backend_real_size(run.backend) == sizeof(double) ? 1e-9 : 2e-5;
	for (int step = 0; step < GOLDEN_STEPS; step++)
		losses[step] = step_once(&run, step);
	check_close(losses, golden->losses, GOLDEN_STEPS, tolerance, 0);
	for (size_t i = 0; i < GOLDEN_DIGESTS; i++)
		check_near(digest_of(model_params(run.model), golden->digests[i].param),
			   golden->digests[i].value, 5 * tolerance, 5 * tolerance);
	close_run(&run);
}

static const struct backend_test tests[] = {
	{"a_llama_under_adamw_gives_the_recorded_losses", check_golden, &golden_llama_adamw},
	{"a_llama_under_muon_gives_the_recorded_losses", check_golden, &golden_llama_muon},
	{"qk_norm_gelu_and_a_tied_head_under_adamw_give_the_recorded_losses", check_golden,
	 &golden_other_adamw},
	{"qk_norm_gelu_and_a_tied_head_under_muon_give_the_recorded_losses", check_golden,
	 &golden_other_muon},
};

int main(void)
{
	return run_on_backends(tests, ARRAY_SIZE(tests), "");
}
