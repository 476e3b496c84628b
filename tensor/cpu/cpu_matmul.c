/* SPDX-License-Identifier: MIT */
#include <cblas.h>

#include "tensor/cpu/cpu_backend.h"

void blas_multiply(const struct product *p, struct cpu_scratch *scratch)
{
	(void)scratch;
	blas_begin();
	cblas_sgemm(CblasRowMajor, p->a_transposed ? CblasTrans : CblasNoTrans,
		    p->b_transposed ? CblasTrans : CblasNoTrans, (int)p->m, (int)p->n, (int)p->k,
		    p->alpha, p->a, (int)p->a_row, p->b, (int)p->b_row, p->beta, p->c,
		    (int)p->c_row);
	blas_end();
}

struct product product_of(const struct tensor *c, const struct tensor *a, enum transpose ta,
			  const struct tensor *b, enum transpose tb, double alpha, double beta)
{
	return (struct product){
		.m = c->dim[0],
		.n = c->dim[1],
		.k = a->dim[ta == TRANSPOSED ? 0 : 1],
		.alpha = (float)alpha,
		.beta = (float)beta,
		.a = host_data(a),
		.b = host_data(b),
		.c = host_data(c),
		.a_row = a->dim[1],
		.b_row = b->dim[1],
		.c_row = c->dim[1],
		.a_transposed = ta == TRANSPOSED,
		.b_transposed = tb == TRANSPOSED,
	};
}

void cpu_matmul(const struct tensor *c, const struct tensor *a, enum transpose ta,
		const struct tensor *b, enum transpose tb, double alpha, double beta)
{
	const struct product product = product_of(c, a, ta, b, tb, alpha, beta);

	cpu_multiply(c->backend, &product);
}
