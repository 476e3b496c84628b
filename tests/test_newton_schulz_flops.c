/* SPDX-License-Identifier: MIT
 *
 * What orthogonalisation is said to spend.
 */
#include "tests/check.h"

#include "optim/newton_schulz.h"
#include "tensor/ops.h"

static double spent(enum precision precision, int64_t steps, size_t rows, size_t columns)
{
	return newton_schulz_flops(precision, NS_JORDAN, steps, rows, columns);
}

/* An iteration of a square is three products of which two are symmetric; that of a long matrix
 * is four symmetric ones of the smaller side. */
static void flops_are_those_of_the_products(void **unused)
{
	double start = 100 * 100 * 300 + 1e6, all = start + 4 * 4e6 + 6e6;

	(void)unused;
	check_near(newton_schulz_plain_flops(5, 10, 30), 5 * (4 * 100 * 30 + 2 * 1000), 0, 0);
	check_near(newton_schulz_plain_flops(5, 30, 10), newton_schulz_plain_flops(5, 10, 30), 0,
		   0);
	check_near(spent(PRECISION_FP32, 10, 80, 80), 10 * 4 * 512e3, 0, 0);
	check_near(spent(PRECISION_FP32, 5, 100, 300), all, 0, 0);
	check_near(spent(PRECISION_FP32, 5, 300, 100), all, 0, 0);
	check_near(spent(PRECISION_BF16, 5, 300, 100), newton_schulz_plain_flops(5, 100, 300), 0,
		   0);
	/* Ten steps begin anew once. */
	check_near(spent(PRECISION_FP32, 10, 100, 300), 2 * all, 0, 0);
}

/* Small matrices are not computed by half, and not counted so. */
static void small_products_count_whole(void **unused)
{
	enum { HALVED = SYMMETRIC_LEAST_HALVED };
	double m = HALVED - 1, n = 3 * HALVED;

	(void)unused;
	check_near(spent(PRECISION_FP32, 5, HALVED, HALVED), 5 * 4 * pow(HALVED, 3), 0, 0);
	check_near(spent(PRECISION_FP32, 5, HALVED - 1, HALVED - 1),
		   newton_schulz_plain_flops(5, HALVED - 1, HALVED - 1), 0, 0);
	check_near(spent(PRECISION_FP32, 5, HALVED - 1, 3 * HALVED),
		   4 * m * m * n + 2 * pow(m, 3) + 4 * 8 * pow(m, 3), 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flops_are_those_of_the_products),
		cmocka_unit_test(small_products_count_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
