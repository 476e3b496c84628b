/* SPDX-License-Identifier: MIT
 *
 * Products that are known to be symmetric: the upper half is computed, then mirrored.
 *
 * The BLAS knows a a^T.  A product of two different matrices it knows only as a whole: here the
 * upper right quadrant is one product, and the two on the diagonal are halved again.
 */
#include <cblas.h>

#include "tensor/cpu/cpu_backend.h"

#define SMALLEST_HALVED 72 /* rows; a whole product of fewer is faster than its parts */
#define LANES		16 /* blocks begin at multiples, where the BLAS is fastest */

static void mirror_tile(float *c, size_t m, size_t row, size_t column)
{
	size_t row_end = row + LANES < m ? row + LANES : m;
	size_t column_end = column + LANES < m ? column + LANES : m;

	for (size_t i = row; i < row_end; i++)
		for (size_t j = column > i ? column : i + 1; j < column_end; j++)
			c[j * m + i] = c[i * m + j];
}

/* The upper half of c(m,m) becomes the lower, by tiles that stay in the cache. */
static void mirror(float *c, size_t m)
{
	for (size_t row = 0; row < m; row += LANES)
		for (size_t column = row; column < m; column += LANES)
			mirror_tile(c, m, row, column);
}

/* What of c is symmetric: the block on the diagonal that begins at c and has n rows; a points to
 * its rows, b to its columns.  Only its upper half is made. */
static void upper_half(const struct backend *backend, struct product p)
{
	size_t half = (p.n / 2 + LANES - 1) / LANES * LANES;
	struct product upper_right = p, lower_right = p;

	if (p.n < SMALLEST_HALVED) {
		cpu_multiply(backend, &p);
		return;
	}
	upper_right.b += half * (p.b_transposed ? p.b_row : 1);
	upper_right.c += half;
	upper_right.m = half;
	upper_right.n -= half;
	lower_right = upper_right;
	lower_right.a += half * (p.a_transposed ? 1 : p.a_row);
	lower_right.c += half * p.c_row;
	lower_right.m = lower_right.n;
	p.m = p.n = half;
	cpu_multiply(backend, &upper_right);
	upper_half(backend, p);
	upper_half(backend, lower_right);
}

/* c(m,m) = alpha a b + beta c where that is symmetric. */
static void symmetric(const struct tensor *c, const struct tensor *a, bool a_transposed,
		      const struct tensor *b, bool b_transposed, double alpha, double beta)
{
	size_t m = c->dim[0];
	const struct product p = {
		.m = m,
		.n = m,
		.k = a->dim[a_transposed ? 0 : 1],
		.alpha = (float)alpha,
		.beta = (float)beta,
		.a = host_data(a),
		.b = host_data(b),
		.c = host_data(c),
		.a_row = a->dim[1],
		.b_row = b->dim[1],
		.c_row = m,
		.a_transposed = a_transposed,
		.b_transposed = b_transposed,
	};

	upper_half(c->backend, p);
	if (m >= SMALLEST_HALVED)
		mirror(host_data(c), m);
}

void cpu_gram(const struct tensor *c, const struct tensor *a, enum transpose ta, double alpha,
	      double beta)
{
	size_t m = c->dim[0], k = a->dim[ta == TRANSPOSED ? 0 : 1];

	if (m < SMALLEST_HALVED || c->backend->precision == PRECISION_BF16) {
		symmetric(c, a, ta == TRANSPOSED, a, ta == PLAIN, alpha, beta);
		return;
	}
	cblas_ssyrk(CblasRowMajor, CblasUpper, ta == TRANSPOSED ? CblasTrans : CblasNoTrans, (int)m,
		    (int)k, (float)alpha, host_data(a), (int)a->dim[1], (float)beta, host_data(c),
		    (int)m);
	mirror(host_data(c), m);
}

void cpu_matmul_commuting(const struct tensor *c, const struct tensor *a, const struct tensor *b)
{
	symmetric(c, a, false, b, false, 1, 0);
}
