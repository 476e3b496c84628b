/* SPDX-License-Identifier: MIT
 *
 * Causal attention, forward and backward and softmax included, against the bare products of the
 * same work by the library (cmd/bench_heads.h), on a backend of plain kernels that leaves all its
 * products to it.
 * `make bench-attention` prints the ratio of the products' time to attention's for each context
 * and width of a head, medians of interleaved rounds on one thread; above 1 attention is faster.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/order.h"
#include "cmd/bench_heads.h"
#include "tensor/ops.h"

#define HEADS  4
#define ROWS   4096 /* of all sequences */
#define ROUNDS 15

static const size_t contexts[] = {128, 256, 512, 1024}, widths[] = {16, 32, 64};

/* All (B,H,T,D), but y and dy (N, H D), lse (B,H,T), weights and scores (64 T). */
struct attention {
	struct slab slab;
	struct tensor q, k, v, dq, dk, dv, y, dy, lse, max_logit, weights, scores;
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
	a->weights = slab_vector(&a->slab, BENCH_QUERIES * a->t);
	a->scores = slab_vector(&a->slab, BENCH_QUERIES * a->t);
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
	wave(&a->weights);
	return 0;
}

static void run_attention(struct attention *a)
{
	op_attention_forward(&a->y, &a->lse, &a->max_logit, &a->q, &a->k, &a->v, 0.2);
	op_attention_backward(&a->dq, &a->dk, &a->dv, &a->dy, &a->y, &a->lse, &a->q, &a->k, &a->v,
			      0.2);
}

/* The tensors of attention as the rows of all heads. */
static struct bench_heads heads_of(const struct attention *a)
{
	size_t rows = ROWS * HEADS, d = a->d;

	return (struct bench_heads){
		.q = tensor_as_matrix(&a->q, rows, d),
		.k = tensor_as_matrix(&a->k, rows, d),
		.v = tensor_as_matrix(&a->v, rows, d),
		.dy = tensor_as_matrix(&a->dy, rows, d),
		.y = tensor_as_matrix(&a->y, rows, d),
		.dq = tensor_as_matrix(&a->dq, rows, d),
		.dk = tensor_as_matrix(&a->dk, rows, d),
		.dv = tensor_as_matrix(&a->dv, rows, d),
		.weights = a->weights,
		.scores = a->scores,
	};
}

/* The median over rounds of the products' time over attention's. */
static double measure(struct attention *a, const struct attention *library)
{
	struct bench_heads heads = heads_of(library);
	double ratios[ROUNDS];

	run_attention(a);
	bench_heads_run(&heads, a->t);
	for (int i = 0; i < ROUNDS; i++) {
		double start = clock_s(), attention_s, products_s;

		run_attention(a);
		attention_s = clock_s() - start;
		bench_heads_run(&heads, a->t);
		products_s = clock_s() - start - attention_s;
		ratios[i] = products_s / attention_s;
	}
	qsort(ratios, ROUNDS, sizeof(*ratios), double_ascending);
	return ratios[ROUNDS / 2];
}

static int print_row(struct backend *backend, struct backend *library, size_t t, struct error *err)
{
	printf("%7zu", t);
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		struct attention a = {.t = t, .d = widths[i]}, bare = a;

		if (attention_init(&a, backend, err) || attention_init(&bare, library, err))
			return -1;
		printf("  %11.2f", measure(&a, &bare));
		slab_release(&a.slab);
		slab_release(&bare.slab);
	}
	printf("\n");
	return 0;
}

int main(void)
{
	struct error err = ERROR_INIT;
	struct backend *backend, *library = NULL;
	int rc = backend_open(&backend, "cpu", NULL, &err);

	setenv("MUON_SWEEP_CPU", "baseline", 1);
	if (!rc)
		rc = backend_open(&library, "cpu", NULL, &err);
	if (!rc)
		printf("context  head_dim 16  head_dim 32  head_dim 64\n");
	for (size_t i = 0; !rc && i < ARRAY_SIZE(contexts); i++)
		rc = print_row(backend, library, contexts[i], &err);
	backend_close(library);
	backend_close(backend);
	if (rc)
		fprintf(stderr, "%s\n", err.text);
	return rc ? 1 : 0;
}
