/* SPDX-License-Identifier: MIT
 *
 * Causal attention, forward and backward and softmax included, against the bare products of the
 * same work by the library: per head, in blocks of 64 queries, without the keys behind the block.
 * `make bench-attention` prints the ratio of the products' time to attention's for each context
 * and width of a head, medians of interleaved rounds on one thread; above 1 attention is faster.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/order.h"
#include "tensor/ops.h"

#define HEADS	4
#define ROWS	4096 /* of all sequences */
#define QUERIES 64
#define ROUNDS	15

static const size_t contexts[] = {128, 256, 512, 1024}, widths[] = {16, 32, 64};

/* All (B,H,T,D), but y and dy (N, H D), lse (B,H,T), p and s (64 T). */
struct attention {
	struct slab slab;
	struct tensor q, k, v, dq, dk, dv, y, dy, lse, max_logit, p, s;
	size_t t, d;
};

static void layout(struct attention *a)
{
	const size_t dim[4] = {ROWS / a->t, HEADS, a->t, a->d};
	struct tensor *const heads[] = {&a->q, &a->k, &a->v, &a->dq, &a->dk, &a->dv};

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		*heads[i] = slab_take(&a->slab, DTYPE_REAL, 4, dim);
	a->y = slab_matrix(&a->slab, ROWS, HEADS * a->d);
	a->dy = slab_matrix(&a->slab, ROWS, HEADS * a->d);
	a->lse = slab_take(&a->slab, DTYPE_REAL, 3, dim);
	a->max_logit = slab_vector(&a->slab, HEADS);
	a->p = slab_vector(&a->slab, QUERIES * a->t);
	a->s = slab_vector(&a->slab, QUERIES * a->t);
}

/* Inputs between -1 and 1. */
static void wave(const struct tensor *t)
{
	size_t n = tensor_size(t);
	double *values = xcalloc(n, sizeof(*values));

	for (size_t i = 0; i < n; i++)
		values[i] = (double)(i * 7919 % 2003) / 1001 - 1;
	tensor_write(t, values);
	free(values);
}

static int attention_init(struct attention *a, struct backend *backend, struct error *err)
{
	a->slab.backend = backend;
	layout(a);
	if (slab_allocate(&a->slab, err))
		return -1;
	layout(a);
	wave(&a->q);
	wave(&a->k);
	wave(&a->v);
	wave(&a->dy);
	wave(&a->p);
	return 0;
}

static void run_attention(struct attention *a)
{
	op_attention_forward(&a->y, &a->lse, &a->max_logit, &a->q, &a->k, &a->v, 0.2);
	op_attention_backward(&a->dq, &a->dk, &a->dv, &a->dy, &a->y, &a->lse, &a->q, &a->k, &a->v,
			      0.2);
}

/* Rows [first, first + n) of heads as a matrix of D columns. */
static struct tensor rows_of(const struct tensor *heads, size_t d, size_t first, size_t n)
{
	struct tensor all = tensor_as_matrix(heads, tensor_size(heads) / d, d);

	return tensor_rows(&all, first, n);
}

/* Queries [first, first + QUERIES) of the head whose rows begin at `start`. */
static void run_block(const struct attention *a, size_t start, size_t first)
{
	size_t d = a->d, n = QUERIES, keys = first + n;
	struct tensor q = rows_of(&a->q, d, start + first, n), k = rows_of(&a->k, d, start, keys);
	struct tensor v = rows_of(&a->v, d, start, keys), y = rows_of(&a->y, d, start + first, n);
	struct tensor dy = rows_of(&a->dy, d, start + first, n);
	struct tensor dq = rows_of(&a->dq, d, start + first, n);
	struct tensor dk = rows_of(&a->dk, d, start, keys), dv = rows_of(&a->dv, d, start, keys);
	struct tensor p = tensor_rows(&a->p, 0, n * keys), s = tensor_rows(&a->s, 0, n * keys);

	p = tensor_as_matrix(&p, n, keys);
	s = tensor_as_matrix(&s, n, keys);
	op_matmul(&s, &q, PLAIN, &k, TRANSPOSED, 1, 0);
	op_matmul(&y, &p, PLAIN, &v, PLAIN, 1, 0);

	op_matmul(&s, &q, PLAIN, &k, TRANSPOSED, 1, 0);
	op_matmul(&s, &dy, PLAIN, &v, TRANSPOSED, 1, 0);
	op_matmul(&dq, &p, PLAIN, &k, PLAIN, 1, 0);
	op_matmul(&dk, &p, TRANSPOSED, &q, PLAIN, 1, first ? 1 : 0);
	op_matmul(&dv, &p, TRANSPOSED, &dy, PLAIN, 1, first ? 1 : 0);
}

static void run_products(const struct attention *a)
{
	for (size_t start = 0; start < ROWS * HEADS; start += a->t)
		for (size_t first = 0; first < a->t; first += QUERIES)
			run_block(a, start, first);
}

/* The median over rounds of the products' time over attention's. */
static double measure(struct attention *a)
{
	double ratios[ROUNDS];

	run_attention(a);
	run_products(a);
	for (int i = 0; i < ROUNDS; i++) {
		double start = clock_s(), attention_s, products_s;

		run_attention(a);
		attention_s = clock_s() - start;
		run_products(a);
		products_s = clock_s() - start - attention_s;
		ratios[i] = products_s / attention_s;
	}
	qsort(ratios, ROUNDS, sizeof(*ratios), double_ascending);
	return ratios[ROUNDS / 2];
}

static int print_row(struct backend *backend, size_t t, struct error *err)
{
	printf("%7zu", t);
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		struct attention a = {.t = t, .d = widths[i]};

		if (attention_init(&a, backend, err))
			return -1;
		printf("  %11.2f", measure(&a));
		slab_release(&a.slab);
	}
	printf("\n");
	return 0;
}

int main(void)
{
	struct error err = ERROR_INIT;
	struct backend *backend;
	int rc = backend_open(&backend, "cpu", NULL, &err);

	if (!rc)
		printf("context  head_dim 16  head_dim 32  head_dim 64\n");
	for (size_t i = 0; !rc && i < ARRAY_SIZE(contexts); i++)
		rc = print_row(backend, contexts[i], &err);
	backend_close(backend);
	if (rc)
		fprintf(stderr, "%s\n", err.text);
	return rc ? 1 : 0;
}
