/* SPDX-License-Identifier: MIT
 *
 * Operations of every backend against values worked out by hand: the reference has no other
 * witness.
 */
#include "base/memory.h"
#include "on_backends.h"

#define RTOL 2e-6
#define ATOL 1e-7

#define VALUES(...) ((const double[]){__VA_ARGS__})
#define check_values(t, ...) \
	check_tensor((t), VALUES(__VA_ARGS__), ARRAY_SIZE(VALUES(__VA_ARGS__)), RTOL, ATOL)

static void elementwise(const char *backend, const void *input)
{
	struct pool p;
	struct tensor x, y;

	(void)input;
	pool_open(&p, backend, 0);
	x = pool_values(&p, VALUES(1, -2, 3), DIMS(3));
	y = pool_values(&p, VALUES(10, 20, 30), DIMS(3));
	assert_true(op_sum_squares(&x) == 14);
	op_axpby(&y, 2, &x, -1);
	check_values(&y, -8, -24, -24);
	op_copy(&y, &x);
	check_values(&y, 1, -2, 3);
	x = pool_values(&p, VALUES(3, -4, 0), DIMS(3));
	op_normalize(&y, &x);
	check_values(&y, 0.6, -0.8, 0);
	x = pool_values(&p, VALUES(1, 2, 3, 4), DIMS(2, 2));
	op_add_identity(&x, 5);
	check_values(&x, 6, 2, 3, 9);
	pool_close(&p);
}

static void product(const char *backend, const void *input)
{
	struct pool p;
	struct tensor a, at, b, bt, c;

	(void)input;
	pool_open(&p, backend, 0);
	a = pool_values(&p, VALUES(1, 2, 3, 4, 5, 6), DIMS(2, 3));
	at = pool_values(&p, VALUES(1, 4, 2, 5, 3, 6), DIMS(3, 2));
	b = pool_values(&p, VALUES(7, 8, 9, 10, 11, 12), DIMS(3, 2));
	bt = pool_values(&p, VALUES(7, 9, 11, 8, 10, 12), DIMS(2, 3));
	c = pool_unset(&p, DIMS(2, 2));
	op_matmul(&c, &a, PLAIN, &b, PLAIN, 1, 0);
	check_values(&c, 58, 64, 139, 154);
	op_matmul(&c, &at, TRANSPOSED, &b, PLAIN, 1, -1);
	check_values(&c, 0, 0, 0, 0);
	op_matmul(&c, &a, PLAIN, &bt, TRANSPOSED, 0.5, 0);
	check_values(&c, 29, 32, 69.5, 77);
	op_matmul(&c, &at, TRANSPOSED, &bt, TRANSPOSED, 1, 2);
	check_values(&c, 116, 128, 278, 308);
	pool_close(&p);
}

static void embedding(const char *backend, const void *input)
{
	struct pool p;
	struct tensor table, ids, y;

	(void)input;
	pool_open(&p, backend, 0);
	table = pool_values(&p, VALUES(1, 2, 3, 4, 5, 6), DIMS(3, 2));
	ids = pool_take(&p, DTYPE_INT, DIMS(3));
	tensor_write_ints(&ids, (const int32_t[]){2, 0, 2});
	y = pool_unset(&p, DIMS(3, 2));
	op_embedding_forward(&y, &table, &ids);
	check_values(&y, 5, 6, 1, 2, 5, 6);
	op_embedding_backward(&table, &y, &ids);
	check_values(&table, 2, 4, 3, 4, 15, 18);
	pool_close(&p);
}

static void rmsnorm(const char *backend, const void *input)
{
	struct pool p;
	struct tensor x, gain, y, rstd;

	(void)input;
	pool_open(&p, backend, 0);
	x = pool_values(&p, VALUES(3, 4, 0, 0), DIMS(2, 2));
	gain = pool_values(&p, VALUES(1, -2), DIMS(2));
	y = pool_unset(&p, DIMS(2, 2));
	rstd = pool_unset(&p, DIMS(2));
	op_rmsnorm_forward(&y, &rstd, &x, &gain);
	check_values(&rstd, 1 / sqrt(12.5 + 1e-6), 1000);
	check_values(&y, 0.84852810347852, -2.2627416092761, 0, 0);
	pool_close(&p);
}

/* Row 1 of the rope turns pair (0, 2) by a right angle and (1, 3) by 30 degrees. */
static void heads(const char *backend, const void *input)
{
	struct pool p;
	struct tensor rope, qkv, q, k, v, x;

	(void)input;
	pool_open(&p, backend, 0);
	rope = pool_values(&p, VALUES(1, 1, 0, 0, 0, sqrt(0.75), 1, 0.5), DIMS(2, 4));
	x = pool_values(&p, VALUES(1, 2, 3, 4, 1, 2, 3, 4), DIMS(1, 1, 2, 4));
	op_rope(&x, &rope, false);
	check_values(&x, 1, 2, 3, 4, -3, 2 * sqrt(0.75) - 2, 1, 1 + 4 * sqrt(0.75));
	op_rope(&x, &rope, true);
	check_values(&x, 1, 2, 3, 4, 1, 2, 3, 4);
	/* One sequence of two positions, two query heads and one key head of width 1. */
	qkv = pool_values(&p, VALUES(1, 2, 3, 4, 5, 6, 7, 8), DIMS(2, 4));
	q = pool_unset(&p, DIMS(1, 2, 2, 1));
	k = pool_unset(&p, DIMS(1, 1, 2, 1));
	v = pool_unset(&p, DIMS(1, 1, 2, 1));
	op_split_heads_forward(&q, &k, &v, &qkv, &no_tensor);
	check_values(&q, 1, 5, 2, 6);
	check_values(&k, 3, 7);
	check_values(&v, 4, 8);
	op_fill(&qkv, 0);
	op_split_heads_backward(&qkv, &q, &k, &v, &no_tensor);
	check_values(&qkv, 1, 2, 3, 4, 5, 6, 7, 8);
	pool_close(&p);
}

/* The second position weighs 0 against ln 3: weights 1/4 and 3/4. */
static void attention(const char *backend, const void *input)
{
	struct pool p;
	struct tensor q, k, v, y, lse, most;

	(void)input;
	pool_open(&p, backend, 0);
	q = pool_values(&p, VALUES(0.5, 0.5), DIMS(1, 1, 2, 1));
	k = pool_values(&p, VALUES(0, log(3)), DIMS(1, 1, 2, 1));
	v = pool_values(&p, VALUES(4, 8), DIMS(1, 1, 2, 1));
	y = pool_unset(&p, DIMS(2, 1));
	lse = pool_unset(&p, DIMS(1, 1, 2));
	most = pool_values(&p, VALUES(-5), DIMS(1));
	op_attention_forward(&y, &lse, &most, &q, &k, &v, 2);
	check_values(&y, 4, 7);
	check_values(&lse, 0, log(4));
	check_values(&most, log(3));
	op_fill(&most, 9);
	op_attention_forward(&y, &lse, &most, &q, &k, &v, 2);
	check_values(&most, 9);
	pool_close(&p);
}

/* One position of four query heads on two key heads: each reads its own key head's value, and
 * the only probability, 1, has no slope. */
static void shared_heads(const char *backend, const void *input)
{
	struct pool p;
	struct tensor q, k, v, y, lse, most, dq, dk, dv;

	(void)input;
	pool_open(&p, backend, 0);
	q = pool_random(&p, DIMS(1, 4, 1, 2));
	k = pool_random(&p, DIMS(1, 2, 1, 2));
	v = pool_values(&p, VALUES(1, 2, 3, 4), DIMS(1, 2, 1, 2));
	y = pool_unset(&p, DIMS(1, 8));
	lse = pool_unset(&p, DIMS(4));
	most = pool_values(&p, VALUES(0, 0, 0, 0), DIMS(4));
	dq = pool_unset(&p, DIMS(1, 4, 1, 2));
	dk = pool_unset(&p, DIMS(1, 2, 1, 2));
	dv = pool_unset(&p, DIMS(1, 2, 1, 2));
	op_attention_forward(&y, &lse, &most, &q, &k, &v, 1);
	check_values(&y, 1, 2, 1, 2, 3, 4, 3, 4);
	op_attention_backward(&dq, &dk, &dv, &y, &y, &lse, &q, &k, &v, 1);
	check_tensor(&dq, VALUES(0, 0, 0, 0, 0, 0, 0, 0), 8, 0, 1e-4);
	check_tensor(&dk, VALUES(0, 0, 0, 0), 4, 0, 1e-4);
	check_values(&dv, 2, 4, 6, 8);
	pool_close(&p);
}

/* sigmoid(1) = 0.7310585786300049; gelu by its tanh form at 1 is 0.8411919906082768. */
static void mlp(const char *backend, const void *input)
{
	struct pool p;
	struct tensor gate_up, h, x;

	(void)input;
	pool_open(&p, backend, 0);
	gate_up = pool_values(&p, VALUES(1, -1, 2, 3), DIMS(1, 4));
	h = pool_unset(&p, DIMS(1, 2));
	op_swiglu_forward(&h, &gate_up);
	check_values(&h, 1.4621171572600098, -0.8068242641099853);
	x = pool_values(&p, VALUES(1, -1), DIMS(1, 2));
	op_gelu_forward(&h, &x);
	check_values(&h, 0.8411919906082768, -0.1588080093917232);
	pool_close(&p);
}

/* Logits 0 and ln 3 are probabilities 1/4 and 3/4. */
static void cross_entropy(const char *backend, const void *input)
{
	struct pool p;
	struct tensor logits, targets, losses;

	(void)input;
	pool_open(&p, backend, 0);
	logits = pool_values(&p, VALUES(0, log(3), 7, 7), DIMS(2, 2));
	targets = pool_take(&p, DTYPE_INT, DIMS(2));
	tensor_write_ints(&targets, (const int32_t[]){1, 0});
	losses = pool_unset(&p, DIMS(2));
	op_cross_entropy_forward(&losses, &logits, &targets);
	check_values(&losses, log(4.0 / 3), log(2));
	check_values(&logits, 0, log(3), 7, 7);
	op_cross_entropy_backward(&losses, &logits, &targets, 8);
	check_values(&losses, log(4.0 / 3), log(2));
	check_values(&logits, 2, -2, -4, 4);
	pool_close(&p);
}

/* From zero moments, the first step moves by lr sign(g) whatever the gradient's size. */
static void adamw(const char *backend, const void *input)
{
	struct adamw_step step = {.gradient_scale = 0.5,
				  .lr = 0.125,
				  .decay = 0.25,
				  .beta1 = 0.5,
				  .beta2 = 0.75,
				  .eps = 1e-12,
				  .correction1 = 0.5,
				  .correction2 = 0.25};
	struct pool p;
	struct tensor w, m, v, g;

	(void)input;
	pool_open(&p, backend, 0);
	w = pool_values(&p, VALUES(4, 4, 4), DIMS(3));
	m = pool_take(&p, DTYPE_REAL, DIMS(3));
	v = pool_take(&p, DTYPE_REAL, DIMS(3));
	g = pool_values(&p, VALUES(8, -0.5, 0), DIMS(3));
	op_adamw(&w, &m, &v, &g, &step);
	check_values(&w, 2.875, 3.125, 3);
	check_values(&m, 2, -0.125, 0);
	check_values(&v, 4, 0.015625, 0);
	/* m = 0.5 * 2 + 0.5 * 4 = 3, v = 0.75 * 4 + 0.25 * 16 = 7 for the first element. */
	step.correction1 = 0.75;
	step.correction2 = 0.4375;
	op_adamw(&w, &m, &v, &g, &step);
	check_values(&w, 0.75 * 2.875 - 0.125, 0.75 * 3.125 + 0.125, 2.25);
	pool_close(&p);
}

/* A sum, not a mean (A, Eq 1). */
static void momentum(const char *backend, const void *input)
{
	struct pool p;
	struct tensor u, m, g;

	(void)input;
	pool_open(&p, backend, 0);
	u = pool_unset(&p, DIMS(1));
	m = pool_values(&p, VALUES(2), DIMS(1));
	g = pool_values(&p, VALUES(4), DIMS(1));
	op_momentum(&u, &m, &g, 0.5, 0.5, true);
	check_values(&m, 3);
	check_values(&u, 3.5);
	op_momentum(&u, &m, &g, 1, 0.5, false);
	check_values(&m, 5.5);
	check_values(&u, 5.5);
	pool_close(&p);
}

static const struct backend_test tests[] = {
	{"elementwise_operations_have_known_values", elementwise, NULL},
	{"products_have_known_values_under_all_transpositions", product, NULL},
	{"embedding_picks_rows_and_adds_gradients_to_them", embedding, NULL},
	{"rmsnorm_has_known_values", rmsnorm, NULL},
	{"rope_turns_half_split_pairs_and_heads_are_cut_in_order", heads, NULL},
	{"attention_weighs_as_worked_out", attention, NULL},
	{"query_heads_share_their_key_head", shared_heads, NULL},
	{"swiglu_and_gelu_have_known_values", mlp, NULL},
	{"cross_entropy_has_known_values", cross_entropy, NULL},
	{"adamw_takes_the_steps_worked_out", adamw, NULL},
	{"momentum_is_a_sum", momentum, NULL},
};

int main(void)
{
	return run_on_backends(tests, ARRAY_SIZE(tests), "");
}
