/* SPDX-License-Identifier: MIT
 *
 * Every optimizer minimises every problem, and none hides a gradient that is no number.
 */
#include "tests/optim_fixture.h"

static const struct setting without_decay[] = {
	{"lr", "0.1"},
	{"weight_decay", "0"},
	{NULL, NULL},
};

enum { ROWS = 6, COLUMNS = 4, SIZE = ROWS * COLUMNS, SAMPLES = 12 };

/* Loss of w(ROWS, COLUMNS); the gradient into g. */
struct problem {
	const char *name;
	double (*loss)(const double *w, double *g);
};

static double target_loss(const double *w, double *g)
{
	double target[SIZE], loss = 0;

	fill_random(target, SIZE, 1, 1000);
	for (size_t i = 0; i < SIZE; i++) {
		g[i] = w[i] - target[i];
		loss += g[i] * g[i] / 2;
	}
	return loss;
}

/* Curvatures from 1 to 20 over the rows. */
static double stretched_loss(const double *w, double *g)
{
	double target[SIZE], loss = 0;

	fill_random(target, SIZE, 1, 1001);
	for (size_t i = 0; i < SIZE; i++) {
		double curvature = pow(20, (double)(i / COLUMNS) / (ROWS - 1));

		g[i] = curvature * (w[i] - target[i]);
		loss += g[i] * (w[i] - target[i]) / 2;
	}
	return loss;
}

/* y = w x over samples, w recovered from what another matrix made of them. */
static double regression_loss(const double *w, double *g)
{
	double truth[SIZE], x[SAMPLES * COLUMNS], loss = 0;

	fill_random(truth, SIZE, 1, 1002);
	fill_random(x, (size_t)SAMPLES * COLUMNS, 1, 1003);
	memset(g, 0, SIZE * sizeof(*g));
	for (size_t s = 0; s < SAMPLES; s++)
		for (size_t i = 0; i < ROWS; i++) {
			double residual = 0;

			for (size_t j = 0; j < COLUMNS; j++)
				residual += (w[i * COLUMNS + j] - truth[i * COLUMNS + j]) *
					    x[s * COLUMNS + j];
			loss += residual * residual / 2 / SAMPLES;
			for (size_t j = 0; j < COLUMNS; j++)
				g[i * COLUMNS + j] += residual * x[s * COLUMNS + j] / SAMPLES;
		}
	return loss;
}

static const struct problem problems[] = {
	{"target", target_loss},
	{"stretched", stretched_loss},
	{"regression", regression_loss},
};

static const struct {
	const char *optimizer;
	struct setting settings[4];
} methods[] = {
	{"adamw", {{"lr", "0.2"}, {"weight_decay", "0"}}},
	{"muon", {{"lr", "0.3"}, {"weight_decay", "0"}}},
	{"muon", {{"lr", "0.3"}, {"weight_decay", "0"}, {"ns_coefficients", "polar_express"}}},
	{"muon", {{"lr", "0.1"}, {"weight_decay", "0"}, {"lr_scale", "jordan"}}},
	{"sgd", {{"lr", "0.02"}, {"weight_decay", "0"}}},
};

/* The last loss over the first, for a matrix of this role. */
static double reduction(size_t method, const struct problem *problem, enum param_role role)
{
	const struct shape shape = {role, ROWS, COLUMNS};
	double w[SIZE] = {0}, g[SIZE], first = problem->loss(w, g), last;
	struct fixture f;
	int steps = 300;

	fixture_params(&f, "ref", &shape, 1);
	fixture_optimizer(&f, methods[method].optimizer, methods[method].settings);
	for (int t = 1; t <= steps; t++) {
		tensor_read(&f.items[0].weight, w);
		problem->loss(w, g);
		tensor_write(&f.items[0].gradient, g);
		fixture_step(&f, t, 1 - (t - 1) / (double)steps);
	}
	tensor_read(&f.items[0].weight, w);
	last = problem->loss(w, g);
	fixture_release(&f);
	return last / first;
}

static void every_optimizer_minimises_every_problem(void **unused)
{
	static const enum param_role roles[] = {ROLE_mlp_up, ROLE_head};

	(void)unused;
	for (size_t m = 0; m < ARRAY_SIZE(methods); m++)
		for (size_t p = 0; p < ARRAY_SIZE(problems); p++)
			for (size_t r = 0; r < ARRAY_SIZE(roles); r++) {
				double left = reduction(m, &problems[p], roles[r]);

				if (!(left < 1e-3)) {
					print_error("%s (%zu) on %s: %g of the loss is left\n",
						    methods[m].optimizer, m, problems[p].name,
						    left);
					fail();
				}
			}
}

/* --- gradients that are zero or no numbers --- */

static const struct shape pair[] = {{ROLE_mlp_up, 6, 4}, {ROLE_norm, 1, 5}};

static void prepare(struct fixture *f, const char *backend, const char *optimizer,
		    const struct setting *settings, double deviation)
{
	double values[24];

	fixture_params(f, backend, pair, 2);
	fixture_optimizer(f, optimizer, settings);
	for (size_t i = 0; i < 2; i++) {
		fill_random(values, param_size(&f->items[i]), 1, i);
		tensor_write(&f->items[i].weight, values);
		fill_random(values, param_size(&f->items[i]), deviation, 10 + i);
		tensor_write(&f->items[i].gradient, values);
	}
}

static void a_zero_gradient_leaves_the_weights_alone(void **unused)
{
	const struct setting update_norm[] = {
		{"lr", "0.1"}, {"weight_decay", "0"}, {"lr_scale", "update_norm"}, {NULL, NULL}};
	const struct {
		const char *optimizer;
		const struct setting *settings;
	} cases[] = {{"adamw", without_decay},
		     {"muon", without_decay},
		     {"muon", update_norm},
		     {"sgd", without_decay}};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		double before[24], after[24];
		struct fixture f;

		prepare(&f, "ref", cases[i].optimizer, cases[i].settings, 0);
		tensor_read(&f.items[0].weight, before);
		fixture_step(&f, 1, 1);
		tensor_read(&f.items[0].weight, after);
		check_close(after, before, 24, 0, 1e-300);
		fixture_release(&f);
	}
}

static void muon_steps_alike_on_tiny_and_large_gradients(void **unused)
{
	static const double deviations[] = {1, 1e-30, 1e20};
	double want[24], got[24];

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(deviations); i++) {
		struct fixture f;

		prepare(&f, "ref", "muon", without_decay, deviations[i]);
		fixture_step(&f, 1, 1);
		tensor_read(&f.items[0].weight, i ? got : want);
		if (i)
			check_close(got, want, 24, 0, 1e-5);
		fixture_release(&f);
	}
}

static void a_gradient_without_number_shows_in_the_weights(void **unused)
{
	(void)unused;
	for (size_t i = 0; optimizer_types[i]; i++)
		for (size_t p = 0; p < 2; p++) {
			double values[24];
			struct fixture f;

			prepare(&f, "ref", optimizer_types[i]->name, without_decay, 1);
			fill_random(values, 24, 1, 5);
			values[3] = (double)NAN;
			tensor_write(&f.items[p].gradient, values);
			fixture_step(&f, 1, 1);
			tensor_read(&f.items[p].weight, values);
			assert_true(isnan(values[3]));
			fixture_release(&f);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_optimizer_minimises_every_problem),
		cmocka_unit_test(a_zero_gradient_leaves_the_weights_alone),
		cmocka_unit_test(muon_steps_alike_on_tiny_and_large_gradients),
		cmocka_unit_test(a_gradient_without_number_shows_in_the_weights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
