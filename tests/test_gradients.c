/* SPDX-License-Identifier: MIT
 *
 * Every backward operation of the reference in double against central differences of its forward.
 * The loss is the sum over outputs of dy times y, with dy drawn once.
 */
#include "base/memory.h"
#include "tensors.h"

#define RTOL 1e-7 /* and of the RMS of the gradient */
#define STEP 1e-3

struct graph {
	struct pool pool;
	const size_t *size;
	struct tensor x[3], dx[3], y[3], dy[3];
	size_t n_x, n_y;
	struct tensor aux[2], rope, ids;
};

static void add_x(struct graph *g, int rank, const size_t *dim)
{
	g->x[g->n_x] = pool_random(&g->pool, rank, dim);
	g->dx[g->n_x++] = pool_random(&g->pool, rank, dim);
}

static void add_y(struct graph *g, int rank, const size_t *dim)
{
	g->y[g->n_y] = pool_unset(&g->pool, rank, dim);
	g->dy[g->n_y++] = pool_random(&g->pool, rank, dim);
}

static void make_matmul(struct graph *g)
{
	size_t m = g->size[0], k = g->size[1], n = g->size[2];

	add_x(g, DIMS(m, k));
	add_x(g, DIMS(k, n));
	add_y(g, DIMS(m, n));
}

static void forward_matmul(struct graph *g)
{
	op_matmul(&g->y[0], &g->x[0], PLAIN, &g->x[1], PLAIN, 1, 0);
}

static void backward_matmul(struct graph *g)
{
	op_matmul(&g->dx[0], &g->dy[0], PLAIN, &g->x[1], TRANSPOSED, 1, 1);
	op_matmul(&g->dx[1], &g->x[0], TRANSPOSED, &g->dy[0], PLAIN, 1, 1);
}

static void make_embedding(struct graph *g)
{
	size_t n = g->size[0], v = g->size[1], c = g->size[2];

	add_x(g, DIMS(v, c));
	add_y(g, DIMS(n, c));
	g->ids = pool_ints(&g->pool, n, v);
}

static void forward_embedding(struct graph *g)
{
	op_embedding_forward(&g->y[0], &g->x[0], &g->ids);
}

static void backward_embedding(struct graph *g)
{
	op_embedding_backward(&g->dx[0], &g->dy[0], &g->ids);
}

static void make_rmsnorm(struct graph *g)
{
	size_t n = g->size[0], c = g->size[1];

	add_x(g, DIMS(n, c));
	add_x(g, DIMS(c));
	add_y(g, DIMS(n, c));
	g->aux[0] = pool_unset(&g->pool, DIMS(n));
}

static void forward_rmsnorm(struct graph *g)
{
	op_rmsnorm_forward(&g->y[0], &g->aux[0], &g->x[0], &g->x[1]);
}

static void backward_rmsnorm(struct graph *g)
{
	op_rmsnorm_backward(&g->dx[0], &g->dx[1], &g->dy[0], &g->x[0], &g->x[1], &g->aux[0]);
}

static void make_split_heads(struct graph *g)
{
	size_t b = g->size[0], h = g->size[1], k = g->size[2], t = g->size[3], d = g->size[4];

	add_x(g, DIMS(b * t, (h + 2 * k) * d));
	add_y(g, DIMS(b, h, t, d));
	add_y(g, DIMS(b, k, t, d));
	add_y(g, DIMS(b, k, t, d));
	g->rope = no_tensor;
}

static void make_turned_heads(struct graph *g)
{
	make_split_heads(g);
	g->rope = pool_rope(&g->pool, g->size[3], g->size[4]);
}

static void forward_split_heads(struct graph *g)
{
	op_split_heads_forward(&g->y[0], &g->y[1], &g->y[2], &g->x[0], &g->rope);
}

static void backward_split_heads(struct graph *g)
{
	op_split_heads_backward(&g->dx[0], &g->dy[0], &g->dy[1], &g->dy[2], &g->rope);
}

static void make_rope(struct graph *g)
{
	size_t t = g->size[3], d = g->size[4];

	add_x(g, DIMS(g->size[0], g->size[1], t, d));
	add_y(g, DIMS(g->size[0], g->size[1], t, d));
	g->rope = pool_rope(&g->pool, t, d);
}

static void forward_rope(struct graph *g)
{
	op_copy(&g->y[0], &g->x[0]);
	op_rope(&g->y[0], &g->rope, false);
}

static void backward_rope(struct graph *g)
{
	op_copy(&g->dx[0], &g->dy[0]);
	op_rope(&g->dx[0], &g->rope, true);
}

static void make_attention(struct graph *g)
{
	size_t b = g->size[0], h = g->size[1], k = g->size[2], t = g->size[3], d = g->size[4];

	add_x(g, DIMS(b, h, t, d));
	add_x(g, DIMS(b, k, t, d));
	add_x(g, DIMS(b, k, t, d));
	add_y(g, DIMS(b * t, h * d));
	g->aux[0] = pool_unset(&g->pool, DIMS(b, h, t));
	g->aux[1] = pool_take(&g->pool, DTYPE_REAL, DIMS(h));
}

static void forward_attention(struct graph *g)
{
	op_attention_forward(&g->y[0], &g->aux[0], &g->aux[1], &g->x[0], &g->x[1], &g->x[2], 0.6);
}

static void backward_attention(struct graph *g)
{
	op_attention_backward(&g->dx[0], &g->dx[1], &g->dx[2], &g->dy[0], &g->y[0], &g->aux[0],
			      &g->x[0], &g->x[1], &g->x[2], 0.6);
}

static void make_swiglu(struct graph *g)
{
	add_x(g, DIMS(g->size[0], 2 * g->size[1]));
	add_y(g, DIMS(g->size[0], g->size[1]));
}

static void forward_swiglu(struct graph *g)
{
	op_swiglu_forward(&g->y[0], &g->x[0]);
}

static void backward_swiglu(struct graph *g)
{
	op_swiglu_backward(&g->dx[0], &g->dy[0], &g->x[0]);
}

static void make_gelu(struct graph *g)
{
	add_x(g, DIMS(g->size[0], g->size[1]));
	add_y(g, DIMS(g->size[0], g->size[1]));
}

static void forward_gelu(struct graph *g)
{
	op_gelu_forward(&g->y[0], &g->x[0]);
}

static void backward_gelu(struct graph *g)
{
	op_gelu_backward(&g->dx[0], &g->dy[0], &g->x[0]);
}

static void make_cross_entropy(struct graph *g)
{
	add_x(g, DIMS(g->size[0], g->size[1]));
	add_y(g, DIMS(g->size[0]));
	op_fill(&g->dy[0], 0.7);
	g->ids = pool_ints(&g->pool, g->size[0], g->size[1]);
}

static void forward_cross_entropy(struct graph *g)
{
	op_cross_entropy_forward(&g->y[0], &g->x[0], &g->ids);
}

static void backward_cross_entropy(struct graph *g)
{
	op_copy(&g->dx[0], &g->x[0]);
	op_cross_entropy_backward(&g->y[0], &g->dx[0], &g->ids, 0.7);
}

enum mode { OVERWRITES, ADDS };

static const struct gradient_case {
	const char *name;
	enum mode mode;
	void (*make)(struct graph *g);
	void (*forward)(struct graph *g);
	void (*backward)(struct graph *g);
	size_t sizes[4][5]; /* ends with zeros */
} cases[] = {
	{"product", ADDS, make_matmul, forward_matmul, backward_matmul, {{1, 1, 1}, {3, 5, 2}}},
	{"embedding",
	 ADDS,
	 make_embedding,
	 forward_embedding,
	 backward_embedding,
	 {{1, 1, 1}, {7, 3, 5}}},
	{"rmsnorm",
	 ADDS,
	 make_rmsnorm,
	 forward_rmsnorm,
	 backward_rmsnorm,
	 {{1, 1}, {3, 7}, {1, 33}}},
	{"split_heads",
	 OVERWRITES,
	 make_split_heads,
	 forward_split_heads,
	 backward_split_heads,
	 {{1, 1, 1, 1, 1}, {2, 3, 1, 3, 2}}},
	{"split_heads_with_rope",
	 OVERWRITES,
	 make_turned_heads,
	 forward_split_heads,
	 backward_split_heads,
	 {{1, 1, 1, 3, 2}, {2, 4, 2, 3, 6}}},
	{"rope",
	 OVERWRITES,
	 make_rope,
	 forward_rope,
	 backward_rope,
	 {{1, 1, 1, 1, 2}, {2, 3, 1, 5, 4}}},
	{"attention",
	 OVERWRITES,
	 make_attention,
	 forward_attention,
	 backward_attention,
	 {{1, 1, 1, 3, 1}, {2, 4, 2, 5, 3}, {1, 3, 1, 4, 6}, {1, 1, 1, 2, 65}}},
	{"swiglu", OVERWRITES, make_swiglu, forward_swiglu, backward_swiglu, {{1, 1}, {3, 5}}},
	{"gelu", OVERWRITES, make_gelu, forward_gelu, backward_gelu, {{1, 1}, {3, 5}}},
	{"cross_entropy",
	 OVERWRITES,
	 make_cross_entropy,
	 forward_cross_entropy,
	 backward_cross_entropy,
	 {{1, 2}, {3, 7}, {2, 33}}},
};

static double loss(const struct gradient_case *c, struct graph *g)
{
	double sum = 0;

	c->forward(g);
	for (size_t i = 0; i < g->n_y; i++) {
		double *y = tensor_values(&g->y[i]), *dy = tensor_values(&g->dy[i]);

		for (size_t j = 0; j < tensor_size(&g->y[i]); j++)
			sum += y[j] * dy[j];
		free(y);
		free(dy);
	}
	return sum;
}

static double loss_at(const struct gradient_case *c, struct graph *g, const struct tensor *x,
		      double *values, size_t j, double value)
{
	double old = values[j], result;

	values[j] = value;
	tensor_write(x, values);
	result = loss(c, g);
	values[j] = old;
	tensor_write(x, values);
	return result;
}

/* Four-point central differences, error of order STEP^4. */
static void differences(const struct gradient_case *c, struct graph *g, const struct tensor *x,
			double *want)
{
	double *values = tensor_values(x);

	for (size_t j = 0; j < tensor_size(x); j++) {
		double at = values[j];
		double near = loss_at(c, g, x, values, j, at + STEP) -
			      loss_at(c, g, x, values, j, at - STEP);
		double far = loss_at(c, g, x, values, j, at + 2 * STEP) -
			     loss_at(c, g, x, values, j, at - 2 * STEP);

		want[j] += (8 * near - far) / (12 * STEP);
	}
	free(values);
}

static void check_size(const struct gradient_case *c, const size_t *size)
{
	struct graph g = {.size = size};
	double *want[3];

	pool_open(&g.pool, "ref64", 5);
	c->make(&g);
	for (size_t i = 0; i < g.n_x; i++) {
		want[i] = c->mode == ADDS ? tensor_values(&g.dx[i])
					  : calloc(tensor_size(&g.dx[i]), sizeof(double));
		if (c->mode == OVERWRITES)
			op_fill(&g.dx[i], (double)NAN);
	}
	c->forward(&g);
	c->backward(&g);
	for (size_t i = 0; i < g.n_x; i++) {
		size_t n = tensor_size(&g.x[i]);

		differences(c, &g, &g.x[i], want[i]);
		check_tensor(&g.dx[i], want[i], n, RTOL, RTOL * rms(want[i], n) + 1e-10);
		free(want[i]);
	}
	pool_close(&g.pool);
}

static void check_gradient(void **state)
{
	const struct gradient_case *c = *state;

	for (size_t i = 0; i < ARRAY_SIZE(c->sizes) && c->sizes[i][0] > 0; i++)
		check_size(c, c->sizes[i]);
}

int main(void)
{
	static char names[ARRAY_SIZE(cases)][64];
	struct CMUnitTest tests[ARRAY_SIZE(cases)] = {0};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(names[i], sizeof(names[i]), "gradient_of_%s_is_that_of_differences",
			 cases[i].name);
		tests[i].name = names[i];
		tests[i].test_func = check_gradient;
		tests[i].initial_state = (void *)&cases[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
