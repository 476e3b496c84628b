/* SPDX-License-Identifier: MIT
 *
 * The layers of ops_layers.c, forward and backward, at awkward sizes.
 */
#include "against_reference.h"

static void run_embedding(struct run *r)
{
	size_t n = r->size[0], v = r->size[1], c = r->size[2];
	struct tensor table = pool_random(&r->pool, DIMS(v, c));
	struct tensor ids = pool_ints(&r->pool, n, v);
	struct tensor y = pool_unset(&r->pool, DIMS(n, c));
	struct tensor dy = pool_random(&r->pool, DIMS(n, c));

	op_embedding_forward(&y, &table, &ids);
	keep(r, &y);
	op_embedding_backward(&table, &dy, &ids);
	keep(r, &table);
}

static void run_rmsnorm(struct run *r)
{
	size_t n = r->size[0], c = r->size[1];
	struct tensor x = pool_random(&r->pool, DIMS(n, c)), gain = pool_random(&r->pool, DIMS(c));
	struct tensor y = pool_unset(&r->pool, DIMS(n, c)), rstd = pool_unset(&r->pool, DIMS(n));
	struct tensor dx = pool_random(&r->pool, DIMS(n, c));
	struct tensor dgain = pool_random(&r->pool, DIMS(1, c));
	struct tensor dy = pool_random(&r->pool, DIMS(n, c));
	struct tensor copy = pool_unset(&r->pool, DIMS(n, c));

	op_rmsnorm_forward(&y, &rstd, &x, &gain);
	keep(r, &y);
	keep(r, &rstd);
	op_fill(&y, (double)NAN);
	op_rmsnorm_branch(&copy, &y, &rstd, &x, &gain);
	keep(r, &copy);
	keep(r, &y);
	keep(r, &rstd);
	op_rmsnorm_backward(&dx, &dgain, &dy, &x, &gain, &rstd);
	keep(r, &dx);
	keep(r, &dgain);
}

static void split_heads(struct run *r, const struct tensor *rope)
{
	size_t b = r->size[0], h = r->size[1], k = r->size[2], t = r->size[3], d = r->size[4];
	struct tensor qkv = pool_random(&r->pool, DIMS(b * t, (h + 2 * k) * d));
	struct tensor heads[3] = {
		pool_unset(&r->pool, DIMS(b, h, t, d)),
		pool_unset(&r->pool, DIMS(b, k, t, d)),
		pool_unset(&r->pool, DIMS(b, k, t, d)),
	};

	op_split_heads_forward(&heads[0], &heads[1], &heads[2], &qkv, rope);
	for (int i = 0; i < 3; i++) {
		keep(r, &heads[i]);
		pool_draw(&r->pool, &heads[i], 1);
	}
	op_fill(&qkv, (double)NAN);
	op_split_heads_backward(&qkv, &heads[0], &heads[1], &heads[2], rope);
	keep(r, &qkv);
}

static void run_split_heads(struct run *r)
{
	struct tensor rope = pool_rope(&r->pool, r->size[3], r->size[4]);

	split_heads(r, &rope);
	split_heads(r, &no_tensor);
}

static void run_rope(struct run *r)
{
	size_t t = r->size[3], d = r->size[4];
	struct tensor x = pool_random(&r->pool, DIMS(r->size[0], r->size[1], t, d));
	struct tensor rope = pool_rope(&r->pool, t, d);

	op_rope(&x, &rope, false);
	keep(r, &x);
	op_rope(&x, &rope, true);
	keep(r, &x);
}

static void run_attention(struct run *r)
{
	size_t b = r->size[0], h = r->size[1], k = r->size[2], t = r->size[3], d = r->size[4];
	struct tensor qkv[3] = {
		pool_random(&r->pool, DIMS(b, h, t, d)),
		pool_random(&r->pool, DIMS(b, k, t, d)),
		pool_random(&r->pool, DIMS(b, k, t, d)),
	};
	struct tensor dqkv[3] = {
		pool_unset(&r->pool, DIMS(b, h, t, d)),
		pool_unset(&r->pool, DIMS(b, k, t, d)),
		pool_unset(&r->pool, DIMS(b, k, t, d)),
	};
	struct tensor y = pool_unset(&r->pool, DIMS(b * t, h * d));
	struct tensor dy = pool_random(&r->pool, DIMS(b * t, h * d));
	struct tensor lse = pool_unset(&r->pool, DIMS(b, h, t));
	struct tensor most = pool_random(&r->pool, DIMS(h));
	double scale = 1.5 / sqrt((double)d);

	op_attention_forward(&y, &lse, &most, &qkv[0], &qkv[1], &qkv[2], scale);
	keep(r, &y);
	keep(r, &lse);
	keep(r, &most);
	op_attention_backward(&dqkv[0], &dqkv[1], &dqkv[2], &dy, &y, &lse, &qkv[0], &qkv[1],
			      &qkv[2], scale);
	for (int i = 0; i < 3; i++)
		keep(r, &dqkv[i]);
}

static void run_swiglu(struct run *r)
{
	size_t n = r->size[0], f = r->size[1];
	struct tensor gate_up = pool_random(&r->pool, DIMS(n, 2 * f));
	struct tensor h = pool_unset(&r->pool, DIMS(n, f));
	struct tensor dh = pool_random(&r->pool, DIMS(n, f));
	struct tensor dgate_up = pool_unset(&r->pool, DIMS(n, 2 * f));

	pool_draw(&r->pool, &gate_up, 4);
	op_swiglu_forward(&h, &gate_up);
	keep(r, &h);
	op_swiglu_backward(&dgate_up, &dh, &gate_up);
	keep(r, &dgate_up);
}

static void run_gelu(struct run *r)
{
	size_t n = r->size[0];
	struct tensor x = pool_random(&r->pool, DIMS(n)), h = pool_unset(&r->pool, DIMS(n));
	struct tensor dh = pool_random(&r->pool, DIMS(n)), dx = pool_unset(&r->pool, DIMS(n));

	pool_draw(&r->pool, &x, 3);
	op_gelu_forward(&h, &x);
	keep(r, &h);
	op_gelu_backward(&dx, &dh, &x);
	keep(r, &dx);
}

static void run_cross_entropy(struct run *r)
{
	size_t n = r->size[0], v = r->size[1];
	struct tensor logits = pool_random(&r->pool, DIMS(n, v));
	struct tensor targets = pool_ints(&r->pool, n, v);
	struct tensor losses = pool_unset(&r->pool, DIMS(n));

	pool_draw(&r->pool, &logits, 3);
	op_cross_entropy_forward(&losses, &logits, &targets);
	keep(r, &losses);
	keep(r, &logits);
	op_fill(&losses, (double)NAN);
	op_cross_entropy_backward(&losses, &logits, &targets, 0.125);
	keep(r, &losses);
	keep(r, &logits);
}

#define HEADS                                                                        \
	{1, 3, 3, 65, 20}, {1, 4, 2, 33, 16}, {1, 5, 5, 128, 32}, {1, 1, 1, 67, 72}, \
		{2, 2, 1, 130, 64}, {2, 3, 1, 3, 4},                                 \
	{                                                                            \
		1, 1, 1, 2, 2                                                        \
	}

static const struct operation_case cases[] = {
	{"embedding_is_that_of_the_reference",
	 run_embedding,
	 {{1, 1, 1}, {33, 3, 5}, {65, 257, 33}}},
	{"rmsnorm_is_that_of_the_reference", run_rmsnorm, {{1, 1}, {3, 33}, {33, 3}, {5, 1025}}},
	{"split_heads_is_that_of_the_reference", run_split_heads, {HEADS, {1, 1, 1, 1, 2}}},
	{"rope_is_that_of_the_reference", run_rope, {HEADS, {1, 1, 1, 1, 2}}},
	{"attention_is_that_of_the_reference", run_attention, {HEADS}},
	{"swiglu_is_that_of_the_reference", run_swiglu, {{1, 1}, {3, 33}, {33, 3}, {3, 1025}}},
	{"gelu_is_that_of_the_reference", run_gelu, {{1}, {3}, {33}, {1025}}},
	{"cross_entropy_is_that_of_the_reference",
	 run_cross_entropy,
	 {{1, 2}, {3, 33}, {33, 257}, {5, 1025}}},
};

int main(void)
{
	return run_cases(cases, ARRAY_SIZE(cases));
}
