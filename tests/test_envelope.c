/* SPDX-License-Identifier: MIT
 *
 * Approach 1 on generated points.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "tests/surface_points.h"

#define OPTIMA 9

static const struct robust lsq_log = {ROBUST_LSQ_LOG, 1e-3};

/* Optima N* = 0.3 C^0.46 of a falling convex edge, each with a worse run beside it. */
static struct law_data edge(struct law_point points[2 * OPTIMA])
{
	for (size_t i = 0; i < 2 * OPTIMA; i++) {
		struct law_point *p = &points[i];

		*p = (struct law_point){.flops = 1e18 * pow(3, (double)(i / 2))};
		p->params = 0.3 * pow(p->flops, 0.46) * (i % 2 ? 2 : 1);
		p->tokens = p->flops / (6 * p->params);
		p->loss = 1.7 + 300 * pow(p->flops, -0.12) * (i % 2 ? 1.1 : 1);
	}
	return (struct law_data){points, NULL, 2 * OPTIMA, 1};
}

static void both_edges_find_the_optima(void **state)
{
	const struct law *const kinds[] = {&law_envelope, &law_envelope_bins};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct law_point points[2 * OPTIMA];
		struct law_data data = edge(points);
		struct law_fit fit;
		struct text warnings = {0};
		struct error err = ERROR_INIT;

		check_ok(kinds[k]->fit(&data, &lsq_log, NULL, &fit, &err), &err);
		assert_int_equal(fit.n, OPTIMA);
		check_near(fit.parameters[0], 0.46, 1e-12, 0);
		check_near(fit.parameters[1], 0.54, 1e-12, 0);
		check_near(fit.parameters[2], 0.3, 1e-9, 0);
		check_near(fit.parameters[3], 1 / 1.8, 1e-9, 0);
		kinds[k]->check(&data, &fit, &warnings);
		assert_string_equal(text_string(&warnings), "");
		text_release(&warnings);
	}
}

/* A run that lies above the line between its neighbours leaves the hull, not the bins. */
static void the_hull_is_stricter_than_bins(void **state)
{
	struct law_point points[2 * OPTIMA];
	struct law_data data = edge(points);
	struct law_fit hull, bins;
	struct error err = ERROR_INIT;

	(void)state;
	points[8].loss = sqrt(points[6].loss * points[10].loss) * 1.001;
	check_ok(law_envelope.fit(&data, &lsq_log, NULL, &hull, &err), &err);
	check_ok(law_envelope_bins.fit(&data, &lsq_log, NULL, &bins, &err), &err);
	assert_int_equal(hull.n, OPTIMA - 1);
	assert_int_equal(bins.n, OPTIMA);
}

static void points_of_weight_zero_are_not_there(void **state)
{
	struct law_point points[2 * OPTIMA];
	double weight[2 * OPTIMA];
	struct law_data data = edge(points);
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < data.n; i++)
		weight[i] = i != 5;
	points[5].loss = 0.5;
	data.weight = weight;
	check_ok(law_envelope.fit(&data, &lsq_log, NULL, &fit, &err), &err);
	assert_int_equal(fit.n, OPTIMA);
}

static void few_points_on_the_edge_are_told_or_refused(void **state)
{
	struct law_point points[2 * OPTIMA];
	struct law_data data = edge(points);
	struct law_fit fit;
	struct text warnings = {0};
	struct error err = ERROR_INIT;

	(void)state;
	data.n = 8;
	check_ok(law_envelope.fit(&data, &lsq_log, NULL, &fit, &err), &err);
	law_envelope.check(&data, &fit, &warnings);
	check_contains(text_string(&warnings), "only 4 points are on the envelope");
	text_release(&warnings);
	data.n = 4;
	assert_int_equal(law_envelope.fit(&data, &lsq_log, NULL, &fit, &err), -ERR_FIT);
	assert_string_equal(err.text, "law 'envelope' needs at least 3 points on the lower edge of "
				      "loss against compute, not 2");
}

static void one_compute_is_refused(void **state)
{
	struct law_point points[2 * OPTIMA];
	struct law_data data = edge(points);
	struct law_fit fit;
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < data.n; i++)
		points[i].flops = 1e20;
	assert_int_equal(law_envelope.fit(&data, &lsq_log, NULL, &fit, &err), -ERR_FIT);
	assert_int_equal(law_envelope_bins.fit(&data, &lsq_log, NULL, &fit, &err), -ERR_FIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_edges_find_the_optima),
		cmocka_unit_test(the_hull_is_stricter_than_bins),
		cmocka_unit_test(points_of_weight_zero_are_not_there),
		cmocka_unit_test(few_points_on_the_edge_are_told_or_refused),
		cmocka_unit_test(one_compute_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
