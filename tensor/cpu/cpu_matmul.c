/* SPDX-License-Identifier: MIT */
#include <cblas.h>

#include "tensor/cpu/cpu_backend.h"

void cpu_matmul(const struct tensor *c, const struct tensor *a, enum transpose ta,
		const struct tensor *b, enum transpose tb, double alpha, double beta)
{
	size_t k = a->dim[ta == TRANSPOSED ? 0 : 1];

	cblas_sgemm(CblasRowMajor, ta == TRANSPOSED ? CblasTrans : CblasNoTrans,
		    tb == TRANSPOSED ? CblasTrans : CblasNoTrans, (int)c->dim[0], (int)c->dim[1],
		    (int)k, (float)alpha, host_data(a), (int)a->dim[1], host_data(b),
		    (int)b->dim[1], (float)beta, host_data(c), (int)c->dim[1]);
}
