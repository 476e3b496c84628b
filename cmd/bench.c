/* SPDX-License-Identifier: MIT */
#include "cmd/bench.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "tensor/ops.h"

#define MIN_ROUNDS  3
#define MAX_ROUNDS  1000
#define ROUND_S	    0.1	 /* at least this much training in a round */
#define SGEMM_SHARE 0.05 /* of the training's time, before and after it each */
#define GRAD_CLIP   1.0

#define TRANSFORMER(width, layers, head, ffn, length, vocabulary)                     \
	{                                                                             \
		.d_model = (width), .n_layers = (layers), .head_dim = (head),         \
		.kv_heads = (width) / (head), .ffn_hidden = (ffn), .mlp = MLP_SWIGLU, \
		.rope_base = 10000, .context = (length), .vocab = (vocabulary)        \
	}

const struct bench_config bench_configs[] = {
	{"S", TRANSFORMER(64, 2, 16, 192, 128, 256), 16},
	{"M", TRANSFORMER(256, 4, 64, 704, 256, 256), 16},
	{"L", TRANSFORMER(512, 6, 64, 1408, 256, 8192), 8},
	{.name = NULL},
};

const char *const bench_phase_names[N_PHASES] = {"forward", "backward", "optimizer", "other"};

double bench_nominal_flops(const struct bench_config *config)
{
	const struct model_config *m = &config->model;
	double d = (double)m->d_model;

	return 6 * model_costs(m).params_by_group[GROUP_HIDDEN] +
	       12 * (double)m->n_layers * d * (double)m->context + 6 * d * (double)m->vocab;
}

/* What trains. */
struct subject {
	struct model *model;
	void *options;
	struct arena arena;
	struct optimizer *optimizer;
	int32_t *tokens; /* of a step, and one more */
	double *losses;
	size_t sequences, n;
	int64_t step;
};

static void *optimizer_defaults(const struct optimizer_type *type, struct arena *arena)
{
	void *options = arena_alloc(arena, type->options_size);

	keys_set_defaults(type->keys, type->n_keys, options, arena);
	key_set(keys_find(type->keys, type->n_keys, "lr"), options, "1e-3", arena, NULL);
	return options;
}

static int subject_init(struct subject *s, const struct bench_config *config,
			const struct optimizer_type *type, struct backend *backend,
			struct error *err)
{
	struct random random = random_stream(0, 0);
	int result;

	s->sequences = (size_t)config->sequences;
	s->n = s->sequences * (size_t)config->model.context;
	s->options = optimizer_defaults(type, &s->arena);
	if ((result = model_new(&s->model, &config->model, backend, s->sequences, err)) ||
	    (result = optimizer_new(&s->optimizer, type, s->options, model_params(s->model), err)))
		return result;
	model_init(s->model, 0);
	s->losses = xcalloc(s->n, sizeof(*s->losses));
	s->tokens = xcalloc(s->n + 1, sizeof(*s->tokens));
	for (size_t i = 0; i <= s->n; i++)
		s->tokens[i] = (int32_t)random_below(&random, (uint64_t)config->model.vocab);
	return 0;
}

static void subject_release(struct subject *s)
{
	free(s->losses);
	free(s->tokens);
	optimizer_free(s->optimizer);
	model_free(s->model);
	arena_release(&s->arena);
}

static void update(struct subject *s)
{
	double norm = sqrt(op_sum_squares(&model_params(s->model)->gradients));
	struct optimizer_step step = {.step = ++s->step, .schedule = 1, .gradient_scale = 1};

	if (norm > GRAD_CLIP)
		step.gradient_scale = GRAD_CLIP / norm;
	optimizer_step(s->optimizer, &step);
}

/* One whole step; adds its seconds to the phases. */
static void train_step(struct subject *s, struct backend *backend, double phases[N_PHASES],
		       struct error *err)
{
	double start = clock_s(), forward_s, backward_s, optimizer_s;

	model_zero_gradients(s->model);
	model_set_batch(s->model, s->tokens, s->tokens + 1, s->sequences);
	model_forward_backward(s->model, 1 / (double)s->n, &forward_s, &backward_s);
	model_read_losses(s->model, s->losses);
	optimizer_s = -clock_s();
	update(s);
	backend_sync(backend, err);
	optimizer_s += clock_s();
	phases[PHASE_FORWARD] += forward_s;
	phases[PHASE_BACKWARD] += backward_s;
	phases[PHASE_OPTIMIZER] += optimizer_s;
	phases[PHASE_OTHER] += clock_s() - start - forward_s - backward_s - optimizer_s;
}

/* What a round measured. */
enum measure {
	SGEMM_GFLOPS,
	TOKENS_PER_SECOND,
	SGEMM_FRACTION,
	BOUND_FRACTION,
	FIRST_PHASE,
	N_MEASURES = FIRST_PHASE + N_PHASES
};

struct measurement {
	const struct bench_config *config;
	struct backend *backend;
	struct subject subject;
	struct bench_products *products;
	double step_s; /* about */
	double rounds[N_MEASURES][MAX_ROUNDS];
};

static void run_round(struct measurement *m, int round, struct error *err)
{
	double phases[N_PHASES] = {0}, sgemm, train_s, products_s, rate;
	int n = (int)ceil(ROUND_S / m->step_s);
	double sgemm_s = SGEMM_SHARE * n * m->step_s;

	sgemm = bench_products_sgemm(m->products, sgemm_s);
	train_s = -clock_s();
	for (int i = 0; i < n; i++)
		train_step(&m->subject, m->backend, phases, err);
	train_s += clock_s();
	sgemm = (sgemm + bench_products_sgemm(m->products, sgemm_s)) / 2;
	products_s = -clock_s();
	for (int i = 0; i < n; i++)
		bench_products_step(m->products);
	products_s += clock_s();

	rate = n * (double)m->subject.n / train_s;
	m->rounds[SGEMM_GFLOPS][round] = sgemm;
	m->rounds[TOKENS_PER_SECOND][round] = rate;
	m->rounds[SGEMM_FRACTION][round] = 1e-9 * rate * bench_nominal_flops(m->config) / sgemm;
	m->rounds[BOUND_FRACTION][round] = products_s / train_s;
	for (int i = 0; i < N_PHASES; i++)
		m->rounds[FIRST_PHASE + i][round] = 1e3 * phases[i] / n;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), ascending);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void summarise(struct measurement *m, int n, struct bench_result *result)
{
	result->sgemm_gflops = median(m->rounds[SGEMM_GFLOPS], n);
	result->tokens_per_second = median(m->rounds[TOKENS_PER_SECOND], n);
	result->nominal_gflops = 1e-9 * result->tokens_per_second * bench_nominal_flops(m->config);
	result->sgemm_fraction = median(m->rounds[SGEMM_FRACTION], n);
	result->bound_fraction = median(m->rounds[BOUND_FRACTION], n);
	for (int i = 0; i < N_PHASES; i++)
		result->phases_ms[i] = median(m->rounds[FIRST_PHASE + i], n);
}

/* The first steps touch the memory; the last of them tells how long a step takes. */
static int warm_up(struct measurement *m, struct error *err)
{
	double phases[N_PHASES];

	bench_products_step(m->products);
	for (int i = 0; i < 2; i++) {
		double start = clock_s();

		train_step(&m->subject, m->backend, phases, err);
		m->step_s = clock_s() - start;
	}
	return backend_sync(m->backend, err);
}

static int measure(struct measurement *m, double seconds, struct bench_result *result,
		   struct error *err)
{
	double start;
	int n = 0, rc = warm_up(m, err);

	start = clock_s();
	while (!rc && n < MAX_ROUNDS && (n < MIN_ROUNDS || clock_s() - start < seconds)) {
		run_round(m, n++, err);
		rc = backend_sync(m->backend, err);
	}
	if (!rc)
		summarise(m, n, result);
	return rc;
}

int bench_measure(struct bench_result *result, const struct bench_config *config,
		  const struct optimizer_type *optimizer, struct backend *backend, double seconds,
		  struct error *err)
{
	struct measurement *m = xcalloc(1, sizeof(*m));
	int rc;

	m->config = config;
	m->backend = backend;
	rc = subject_init(&m->subject, config, optimizer, backend, err);
	if (!rc)
		rc = bench_products_new(&m->products, config, backend, err);
	if (!rc)
		rc = measure(m, seconds, result, err);
	bench_products_free(m->products);
	subject_release(&m->subject);
	free(m);
	return rc;
}
