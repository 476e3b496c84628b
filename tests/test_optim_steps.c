/* SPDX-License-Identifier: MIT
 *
 * Several steps of every optimizer against plain loops in double, written from the papers and
 * not from optim/, on every backend: every lr scale, decay mode and Nesterov setting, with clipping
 * and a schedule, on square, tall and wide matrices and the parameters that Muon leaves to AdamW.
 */
#include "tests/optim_fixture.h"

enum { MAX_SIZE = 64, N_STEPS = 4 };

static const struct shape shapes[] = {
	{ROLE_embedding, 9, 4}, {ROLE_attn_q, 4, 4}, {ROLE_mlp_up, 7, 4},
	{ROLE_mlp_down, 4, 7},	{ROLE_norm, 1, 4},   {ROLE_head, 9, 4},
};
static const double schedule[N_STEPS] = {0.5, 1, 0.75, 0.125};
static const double clip[N_STEPS] = {1, 0.25, 0.9, 1e-3};

/* What a case sets; texts so that the keys read them. */
struct rule {
	const char *optimizer, *lr_scale, *decay_mode, *nesterov;
	double lr, weight_decay, momentum, lr_ratio;
};

struct plain {
	double w[MAX_SIZE], m[MAX_SIZE], v[MAX_SIZE];
};

static double plain_decay(const struct rule *rule, double lr, double factor)
{
	if (strcmp(rule->decay_mode, "independent") == 0)
		return rule->weight_decay * factor;
	if (strcmp(rule->decay_mode, "lr_squared") == 0)
		return rule->weight_decay * (lr * factor) * (lr * factor) / lr;
	return rule->weight_decay * lr * factor;
}

static void plain_adamw(struct plain *p, const double *g, size_t n, const struct rule *rule,
			double lr, int t)
{
	double beta1 = 0.9, beta2 = 0.95, factor = schedule[t - 1];

	for (size_t i = 0; i < n; i++) {
		double m_hat, v_hat;

		p->m[i] = beta1 * p->m[i] + (1 - beta1) * g[i];
		p->v[i] = beta2 * p->v[i] + (1 - beta2) * g[i] * g[i];
		m_hat = p->m[i] / (1 - pow(beta1, t));
		v_hat = p->v[i] / (1 - pow(beta2, t));
		p->w[i] -= plain_decay(rule, lr, factor) * p->w[i];
		p->w[i] -= lr * factor * m_hat / (sqrt(v_hat) + 1e-8);
	}
}

/* x = a x + b (x x^T) x + c (x x^T)^2 x on the left side, whatever the shape. */
static void plain_iteration(double *x, size_t rows, size_t columns)
{
	double gram[MAX_SIZE] = {0}, once[MAX_SIZE] = {0}, twice[MAX_SIZE] = {0};

	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < rows; j++)
			for (size_t k = 0; k < columns; k++)
				gram[i * rows + j] += x[i * columns + k] * x[j * columns + k];
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < columns; j++)
			for (size_t k = 0; k < rows; k++)
				once[i * columns + j] += gram[i * rows + k] * x[k * columns + j];
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < columns; j++)
			for (size_t k = 0; k < rows; k++)
				twice[i * columns + j] +=
					gram[i * rows + k] * once[k * columns + j];
	for (size_t i = 0; i < rows * columns; i++)
		x[i] = 3.4445 * x[i] - 4.7750 * once[i] + 2.0315 * twice[i];
}

static double plain_norm(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i] * x[i];
	return sqrt(sum);
}

static void plain_orthogonalise(double *x, size_t rows, size_t columns)
{
	double norm = plain_norm(x, rows * columns);

	for (size_t i = 0; i < rows * columns; i++)
		x[i] /= norm;
	for (int k = 0; k < 5; k++)
		plain_iteration(x, rows, columns);
}

/* update_rms is 0.2 and d_model, which the fixture sets, 16. */
static double plain_scale(const char *name, const double *o, size_t rows, size_t columns)
{
	double n = (double)(rows * columns), ratio = (double)rows / (double)columns;

	if (strcmp(name, "match_rms") == 0)
		return 0.2 * sqrt((double)(rows > columns ? rows : columns));
	if (strcmp(name, "update_norm") == 0)
		return 0.2 / (plain_norm(o, rows * columns) / sqrt(n));
	if (strcmp(name, "hidden_rms") == 0)
		return 0.2 * 4;
	if (strcmp(name, "jordan") == 0)
		return ratio > 1 ? sqrt(ratio) : 1;
	if (strcmp(name, "spectral") == 0)
		return sqrt(ratio);
	return 1;
}

/* The step along o = nesterov ? mu m + g : m, after m = mu m + g. */
static void plain_momentum(double *o, struct plain *p, const double *g, size_t n,
			   const struct rule *rule)
{
	bool nesterov = strcmp(rule->nesterov, "true") == 0;

	for (size_t i = 0; i < n; i++) {
		p->m[i] = rule->momentum * p->m[i] + g[i];
		o[i] = nesterov ? rule->momentum * p->m[i] + g[i] : p->m[i];
	}
}

static void plain_muon(struct plain *p, const double *g, const struct shape *shape,
		       const struct rule *rule, int t)
{
	size_t n = shape->rows * shape->columns;
	double o[MAX_SIZE], scale, factor = schedule[t - 1];

	plain_momentum(o, p, g, n, rule);
	plain_orthogonalise(o, shape->rows, shape->columns);
	scale = plain_scale(rule->lr_scale, o, shape->rows, shape->columns);
	for (size_t i = 0; i < n; i++) {
		p->w[i] -= plain_decay(rule, rule->lr, factor) * p->w[i];
		p->w[i] -= rule->lr * factor * scale * o[i];
	}
}

static void plain_sgd(struct plain *p, const double *g, size_t n, const struct rule *rule, int t)
{
	double o[MAX_SIZE], factor = schedule[t - 1];

	plain_momentum(o, p, g, n, rule);
	for (size_t i = 0; i < n; i++) {
		p->w[i] -= plain_decay(rule, rule->lr, factor) * p->w[i];
		p->w[i] -= rule->lr * factor * o[i];
	}
}

static bool is_hidden(const struct shape *shape)
{
	return shape->role != ROLE_embedding && shape->role != ROLE_norm &&
	       shape->role != ROLE_head;
}

static void plain_step(struct plain *p, const double *g, const struct shape *shape,
		       const struct rule *rule, int t)
{
	size_t n = shape->rows * shape->columns;
	double clipped[MAX_SIZE];

	for (size_t i = 0; i < n; i++)
		clipped[i] = clip[t - 1] * g[i];
	if (strcmp(rule->optimizer, "sgd") == 0)
		plain_sgd(p, clipped, n, rule, t);
	else if (strcmp(rule->optimizer, "adamw") == 0)
		plain_adamw(p, clipped, n, rule, rule->lr, t);
	else if (is_hidden(shape))
		plain_muon(p, clipped, shape, rule, t);
	else
		plain_adamw(p, clipped, n, rule, rule->lr * rule->lr_ratio, t);
}

/* --- the same steps by both --- */

static void start(struct fixture *f, struct plain *plain)
{
	for (size_t i = 0; i < f->list.n; i++) {
		size_t n = param_size(&f->items[i]);

		plain[i] = (struct plain){{0}, {0}, {0}};
		fill_random(plain[i].w, n, 0.5, i);
		tensor_write(&f->items[i].weight, plain[i].w);
	}
}

static void step_both(struct fixture *f, struct plain *plain, const struct rule *rule, int t)
{
	double g[MAX_SIZE];

	for (size_t i = 0; i < f->list.n; i++) {
		fill_random(g, param_size(&f->items[i]), 0.1, (uint64_t)(100 * t) + i);
		tensor_write(&f->items[i].gradient, g);
		plain_step(&plain[i], g, &shapes[i], rule, t);
	}
	optimizer_step(f->optimizer, &(struct optimizer_step){.step = t,
							      .schedule = schedule[t - 1],
							      .gradient_scale = clip[t - 1],
							      .observe = t == 2});
}

static void check_weights(const struct fixture *f, const struct plain *plain)
{
	double tolerance = backend_real_size(f->backend) == 8 ? 1e-12 : 2e-5;
	double w[MAX_SIZE];

	for (size_t i = 0; i < f->list.n; i++) {
		tensor_read(&f->items[i].weight, w);
		check_close(w, plain[i].w, param_size(&f->items[i]), 10 * tolerance, tolerance);
	}
}

static void check_rule_on(const char *backend, const struct rule *rule,
			  const struct setting *settings)
{
	struct plain plain[ARRAY_SIZE(shapes)];
	struct fixture f;

	fixture_params(&f, backend, shapes, ARRAY_SIZE(shapes));
	fixture_optimizer(&f, rule->optimizer, settings);
	start(&f, plain);
	for (int t = 1; t <= N_STEPS; t++) {
		step_both(&f, plain, rule, t);
		check_weights(&f, plain);
	}
	fixture_release(&f);
}

static void check_rule(const struct rule *rule, const struct setting *settings)
{
	struct backend_info list[8];
	size_t n = backend_list(list, ARRAY_SIZE(list));

	for (size_t i = 0; i < n; i++)
		if (list[i].available)
			check_rule_on(list[i].name, rule, settings);
}

static const char *const decay_modes[] = {"lr_coupled", "independent", "lr_squared"};
static const char *const switches[] = {"true", "false"};

static void adamw_steps_match_plain_loops(void **unused)
{
	(void)unused;
	for (size_t d = 0; d < ARRAY_SIZE(decay_modes); d++)
		check_rule(&(struct rule){.optimizer = "adamw",
					  .decay_mode = decay_modes[d],
					  .lr = 0.03,
					  .weight_decay = 0.2},
			   (const struct setting[]){{"lr", "0.03"},
						    {"weight_decay", "0.2"},
						    {"decay_mode", decay_modes[d]},
						    {NULL, NULL}});
}

static void check_muon(const char *lr_scale, const char *decay_mode, const char *nesterov)
{
	check_rule(&(struct rule){.optimizer = "muon",
				  .lr_scale = lr_scale,
				  .decay_mode = decay_mode,
				  .nesterov = nesterov,
				  .lr = 0.02,
				  .weight_decay = 0.3,
				  .momentum = 0.8,
				  .lr_ratio = 0.25},
		   (const struct setting[]){{"lr", "0.02"},
					    {"weight_decay", "0.3"},
					    {"decay_mode", decay_mode},
					    {"nesterov", nesterov},
					    {"momentum", "0.8"},
					    {"lr_scale", lr_scale},
					    {"adamw.lr_ratio", "0.25"},
					    {NULL, NULL}});
}

static void muon_steps_match_plain_loops(void **unused)
{
	static const char *const lr_scales[] = {"match_rms", "update_norm", "hidden_rms",
						"jordan",    "spectral",    "none"};

	(void)unused;
	for (size_t s = 0; s < ARRAY_SIZE(lr_scales); s++)
		for (size_t d = 0; d < ARRAY_SIZE(decay_modes); d++)
			for (size_t n = 0; n < ARRAY_SIZE(switches); n++)
				check_muon(lr_scales[s], decay_modes[d], switches[n]);
}

static void sgd_steps_match_plain_loops(void **unused)
{
	(void)unused;
	for (size_t d = 0; d < ARRAY_SIZE(decay_modes); d++)
		for (size_t n = 0; n < ARRAY_SIZE(switches); n++)
			check_rule(&(struct rule){.optimizer = "sgd",
						  .decay_mode = decay_modes[d],
						  .nesterov = switches[n],
						  .lr = 0.1,
						  .weight_decay = 0.05,
						  .momentum = 0.9},
				   (const struct setting[]){{"lr", "0.1"},
							    {"weight_decay", "0.05"},
							    {"decay_mode", decay_modes[d]},
							    {"nesterov", switches[n]},
							    {NULL, NULL}});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adamw_steps_match_plain_loops),
		cmocka_unit_test(muon_steps_match_plain_loops),
		cmocka_unit_test(sgd_steps_match_plain_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
