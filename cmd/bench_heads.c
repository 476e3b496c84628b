/* SPDX-License-Identifier: MIT */
#include "cmd/bench_heads.h"

#include "base/order.h"
#include "tensor/ops.h"

/* Queries [first, first + BENCH_QUERIES) of the head whose rows begin at `start`. */
static void run_block(const struct bench_heads *h, size_t start, size_t first, size_t t)
{
	size_t n = size_smaller(BENCH_QUERIES, t - first), keys = first + n;
	struct tensor q = tensor_rows(&h->q, start + first, n);
	struct tensor dy = tensor_rows(&h->dy, start + first, n);
	struct tensor y = tensor_rows(&h->y, start + first, n);
	struct tensor dq = tensor_rows(&h->dq, start + first, n);
	struct tensor k = tensor_rows(&h->k, start, keys), v = tensor_rows(&h->v, start, keys);
	struct tensor dk = tensor_rows(&h->dk, start, keys), dv = tensor_rows(&h->dv, start, keys);
	struct tensor p = tensor_rows(&h->weights, 0, n * keys);
	struct tensor s = tensor_rows(&h->scores, 0, n * keys);

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

void bench_heads_run(const struct bench_heads *h, size_t t)
{
	for (size_t start = 0; start < h->q.dim[0]; start += t)
		for (size_t first = 0; first < t; first += BENCH_QUERIES)
			run_block(h, start, first, t);
}
