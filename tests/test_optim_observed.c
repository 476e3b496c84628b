/* SPDX-License-Identifier: MIT
 *
 * What an optimizer reports of its steps, against what the weights show from outside.
 */
#include "tests/optim_fixture.h"

enum { LARGE = 70001 }; /* more than one piece of AdamW's measurement */

static const struct setting settings[] = {
	{"lr", "0.05"},
	{"weight_decay", "0"},
	{NULL, NULL},
};

static const struct shape shapes[] = {{ROLE_mlp_down, 5, 9}, {ROLE_head, 1, LARGE}};

static double before[2][LARGE], after[2][LARGE];

static void read_weights(const struct fixture *f, double (*values)[LARGE])
{
	for (size_t i = 0; i < 2; i++)
		tensor_read(&f->items[i].weight, values[i]);
}

static void start(struct fixture *f, const char *backend, const char *optimizer)
{
	double *values = xmalloc(LARGE * sizeof(*values));

	fixture_params(f, backend, shapes, 2);
	fixture_optimizer(f, optimizer, settings);
	for (size_t i = 0; i < 2; i++) {
		fill_random(values, param_size(&f->items[i]), 1, i);
		tensor_write(&f->items[i].weight, values);
		fill_random(values, param_size(&f->items[i]), 0.1, 10 + i);
		tensor_write(&f->items[i].gradient, values);
	}
	free(values);
}

static double rms_of_change(const struct fixture *f, size_t i)
{
	size_t n = param_size(&f->items[i]);
	double sum = 0;

	for (size_t j = 0; j < n; j++)
		sum += pow(after[i][j] - before[i][j], 2);
	return sqrt(sum / (double)n);
}

static void update_rms_is_the_change_over_the_learning_rate(void **unused)
{
	(void)unused;
	for (size_t t = 0; optimizer_types[t]; t++) {
		struct fixture f;

		start(&f, "ref64", optimizer_types[t]->name);
		for (int64_t step = 1; step <= 3; step++) {
			read_weights(&f, before);
			fixture_step(&f, step, 0.5);
			read_weights(&f, after);
			for (size_t i = 0; i < 2; i++)
				check_near(f.optimizer->observed[i].update_rms,
					   rms_of_change(&f, i) / 0.05 / 0.5, 1e-9, 0);
		}
		fixture_release(&f);
	}
}

/* O from the change of w, by Eq 4 of A: 0.2 sqrt(9) lr O. */
static void orthogonality_error_is_that_of_the_change(void **unused)
{
	double sum = 0, scale = 0.2 * 3 * 0.05;
	struct fixture f;

	(void)unused;
	start(&f, "ref64", "muon");
	read_weights(&f, before);
	fixture_step(&f, 1, 1);
	read_weights(&f, after);
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < 5; j++) {
			double product = i == j ? -1 : 0;

			for (size_t k = 0; k < 9; k++)
				product += (after[0][i * 9 + k] - before[0][i * 9 + k]) / scale *
					   (after[0][j * 9 + k] - before[0][j * 9 + k]) / scale;
			sum += product * product;
		}
	check_near(f.optimizer->observed[0].orthogonality_error, sqrt(sum / 5), 1e-9, 0);
	assert_true(f.optimizer->observed[0].orthogonality_error < 0.35);
	assert_true(isnan(f.optimizer->observed[1].orthogonality_error));
	fixture_release(&f);
}

static void step_observing(struct fixture *f, int64_t step, bool observe)
{
	optimizer_step(f->optimizer, &(struct optimizer_step){.step = step,
							      .schedule = 1,
							      .gradient_scale = 0.5,
							      .observe = observe});
}

static void observation_changes_no_bit(void **unused)
{
	(void)unused;
	for (size_t t = 0; optimizer_types[t]; t++) {
		struct fixture seen, unseen;

		start(&seen, "ref", optimizer_types[t]->name);
		start(&unseen, "ref", optimizer_types[t]->name);
		for (int64_t step = 1; step <= 3; step++) {
			step_observing(&seen, step, true);
			step_observing(&unseen, step, false);
		}
		read_weights(&seen, before);
		read_weights(&unseen, after);
		for (size_t i = 0; i < 2; i++)
			assert_memory_equal(before[i], after[i],
					    param_size(&seen.items[i]) * sizeof(double));
		assert_true(seen.optimizer->observed[0].update_rms > 0);
		assert_true(isnan(unseen.optimizer->observed[0].update_rms));
		fixture_release(&seen);
		fixture_release(&unseen);
	}
}

static void orthogonalisations_are_counted(void **unused)
{
	struct fixture f;

	(void)unused;
	start(&f, "ref", "muon");
	for (int64_t step = 1; step <= 3; step++)
		step_observing(&f, step, false);
	assert_int_equal(f.optimizer->orthogonalisations, 3);
	fixture_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(update_rms_is_the_change_over_the_learning_rate),
		cmocka_unit_test(orthogonality_error_is_that_of_the_change),
		cmocka_unit_test(observation_changes_no_bit),
		cmocka_unit_test(orthogonalisations_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
