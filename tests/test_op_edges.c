/* SPDX-License-Identifier: MIT
 *
 * The limits of operations on every backend: tiny and huge numbers, and what the mask hides.
 */
#include "base/memory.h"
#include "on_backends.h"

#define RTOL 1e-5

static void normalize_of_zeros(const char *backend, const void *input)
{
	struct pool p;
	struct tensor x, y;

	(void)input;
	pool_open(&p, backend, 0);
	x = pool_take(&p, DTYPE_REAL, DIMS(3, 33));
	y = pool_unset(&p, DIMS(3, 33));
	op_normalize(&y, &x);
	assert_true(op_sum_squares(&y) == 0);
	op_normalize(&x, &x);
	assert_true(op_sum_squares(&x) == 0);
	pool_close(&p);
}

static void normalize_of_any_scale(const char *backend, const void *input)
{
	static const double scales[] = {1e-30, 1e-20, 1, 1e20, 1e30};
	struct pool p;

	(void)input;
	pool_open(&p, backend, 4);
	for (size_t i = 0; i < ARRAY_SIZE(scales); i++) {
		struct tensor x = pool_random(&p, DIMS(33, 65)), y = pool_unset(&p, DIMS(33, 65));
		double ratio = tensor_get(&x, 7) / tensor_get(&x, 5);

		op_axpby(&y, scales[i], &x, 0);
		op_normalize(&y, &y);
		check_near(op_sum_squares(&y), 1, RTOL, 0);
		check_near(tensor_get(&y, 7) / tensor_get(&y, 5), ratio, RTOL, 0);
	}
	pool_close(&p);
}

static void normalize_of_one_large_among_tiny(const char *backend, const void *input)
{
	struct pool p;
	struct tensor x;

	(void)input;
	pool_open(&p, backend, 0);
	x = pool_take(&p, DTYPE_REAL, DIMS(100));
	op_fill(&x, 1e-25);
	tensor_put(&x, 99, -1e25);
	op_normalize(&x, &x);
	check_near(tensor_get(&x, 99), -1, RTOL, 0);
	check_near(tensor_get(&x, 0), 0, 0, 1e-30);
	pool_close(&p);
}

static void normalize_of_non_finite(const char *backend, const void *input)
{
	static const double bad[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
	static const size_t places[] = {0, 50, 130};
	struct pool p;

	(void)input;
	pool_open(&p, backend, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		for (size_t j = 0; j < ARRAY_SIZE(places); j++) {
			struct tensor x = pool_random(&p, DIMS(131));

			tensor_put(&x, places[j], bad[i]);
			op_normalize(&x, &x);
			assert_false(isfinite(op_sum_squares(&x)));
		}
	pool_close(&p);
}

/* Huge keys and values from position `hidden` on change nothing before it, not by a bit. */
static void attention_hides_the_future(const char *backend, const void *input)
{
	enum { T = 70, D = 16 };
	static const size_t hidden[] = {1, 37, 64, 69};
	struct pool p;
	struct attention a;
	double *before;

	(void)input;
	pool_open(&p, backend, 8);
	a = attention_of(&p, 1, 1, T, D);
	attention_forward(&a, 0.25);
	before = tensor_values(&a.y);
	for (size_t i = ARRAY_SIZE(hidden); i-- > 0;) {
		struct tensor seen = tensor_rows(&a.y, 0, hidden[i]);

		for (size_t j = hidden[i] * D; j < T * D; j++) {
			tensor_put(&a.k, j, 50);
			tensor_put(&a.v, j, 1e6);
		}
		attention_forward(&a, 0.25);
		check_tensor(&seen, before, hidden[i] * D, 0, 1e-300);
	}
	free(before);
	pool_close(&p);
}

/* A key that only the masked products see does not count as largest logit. */
static void max_logit_is_of_kept_products(const char *backend, const void *input)
{
	struct pool p;
	struct attention a;

	(void)input;
	pool_open(&p, backend, 0);
	a = attention_of(&p, 1, 1, 3, 2);
	op_fill(&a.q, 0);
	op_fill(&a.k, 1);
	op_fill(&a.most, -HUGE_VAL);
	tensor_put(&a.q, 0, 5);	  /* position 0 */
	tensor_put(&a.k, 2, 100); /* position 1 */
	attention_forward(&a, 2);
	check_near(tensor_get(&a.most, 0), 10, RTOL, 0);
	pool_close(&p);
}

/* Logits of +-1e4 overflow no exponential: the largest takes all. */
static void attention_of_huge_logits(const char *backend, const void *input)
{
	struct pool p;
	struct attention a;

	(void)input;
	pool_open(&p, backend, 0);
	a = attention_of(&p, 1, 1, 3, 1);
	op_fill(&a.q, 100);
	tensor_write(&a.k, (const double[]){-100, 100, -100});
	tensor_write(&a.v, (const double[]){1, 2, 3});
	attention_forward(&a, 1);
	check_tensor(&a.y, ((const double[]){1, 2, 2}), 3, RTOL, 0);
	check_tensor(&a.lse, ((const double[]){-1e4, 1e4, 1e4}), 3, RTOL, 0);
	op_attention_backward(&a.dq, &a.dk, &a.dv, &a.y, &a.y, &a.lse, &a.q, &a.k, &a.v, 1);
	check_tensor(&a.dv, ((const double[]){1, 4, 0}), 3, RTOL, 1e-6);
	assert_true(isfinite(op_sum_squares(&a.dq)) && isfinite(op_sum_squares(&a.dk)));
	pool_close(&p);
}

static void cross_entropy_of_huge_logits(const char *backend, const void *input)
{
	struct pool p;
	struct tensor logits, targets, losses;

	(void)input;
	pool_open(&p, backend, 0);
	logits = pool_take(&p, DTYPE_REAL, DIMS(3, 33));
	targets = pool_take(&p, DTYPE_INT, DIMS(3));
	tensor_write_ints(&targets, (const int32_t[]){0, 32, 5});
	losses = pool_unset(&p, DIMS(3));
	for (size_t i = 0; i < 33; i++)
		tensor_put(&logits, 2 * 33 + i, -1e30);
	tensor_put(&logits, 0, -1e4);
	tensor_put(&logits, 32, 1e4);
	tensor_put(&logits, 33 + 32, 1e4);
	op_cross_entropy_forward(&losses, &logits, &targets);
	check_tensor(&losses, ((const double[]){2e4, 0, log(33)}), 3, RTOL, 1e-6);
	op_cross_entropy_backward(&losses, &logits, &targets, 1);
	check_near(tensor_get(&logits, 0), -1, RTOL, 0);
	check_near(tensor_get(&logits, 32), 1, RTOL, 0);
	check_near(tensor_get(&logits, 33 + 32), 0, 0, 1e-6);
	check_near(tensor_get(&logits, 2 * 33), 1.0 / 33, RTOL, 0);
	pool_close(&p);
}

static void activations_saturate(const char *backend, const void *input)
{
	struct pool p;
	struct tensor gate_up, h, x, d;

	(void)input;
	pool_open(&p, backend, 0);
	gate_up = pool_values(&p, ((const double[]){200, -200, 3, 3}), DIMS(1, 4));
	h = pool_unset(&p, DIMS(1, 2));
	op_swiglu_forward(&h, &gate_up);
	check_tensor(&h, ((const double[]){600, 0}), 2, RTOL, 1e-30);
	x = pool_values(&p, ((const double[]){50, -50}), DIMS(2));
	op_gelu_forward(&h, &x);
	check_tensor(&h, ((const double[]){50, 0}), 2, RTOL, 1e-30);
	d = pool_unset(&p, DIMS(2));
	op_fill(&h, 1);
	op_gelu_backward(&d, &h, &x);
	check_tensor(&d, ((const double[]){1, 0}), 2, RTOL, 1e-30);
	pool_close(&p);
}

static void rope_keeps_lengths(const char *backend, const void *input)
{
	struct pool p;
	struct tensor x, rope;
	double before;

	(void)input;
	pool_open(&p, backend, 2);
	x = pool_random(&p, DIMS(2, 3, 65, 20));
	rope = pool_rope(&p, 65, 20);
	before = op_sum_squares(&x);
	op_rope(&x, &rope, false);
	check_near(op_sum_squares(&x), before, RTOL, 0);
	pool_close(&p);
}

static const struct backend_test tests[] = {
	{"normalize_leaves_zeros", normalize_of_zeros, NULL},
	{"normalize_neither_under_nor_overflows", normalize_of_any_scale, NULL},
	{"normalize_takes_one_large_among_tiny", normalize_of_one_large_among_tiny, NULL},
	{"normalize_never_masks_non_finite", normalize_of_non_finite, NULL},
	{"attention_hides_the_future", attention_hides_the_future, NULL},
	{"max_logit_is_of_kept_products", max_logit_is_of_kept_products, NULL},
	{"attention_survives_huge_logits", attention_of_huge_logits, NULL},
	{"cross_entropy_survives_huge_logits", cross_entropy_of_huge_logits, NULL},
	{"activations_saturate", activations_saturate, NULL},
	{"rope_keeps_lengths", rope_keeps_lengths, NULL},
};

int main(void)
{
	return run_on_backends(tests, ARRAY_SIZE(tests), "");
}
