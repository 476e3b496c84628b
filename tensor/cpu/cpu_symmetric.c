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

void cpu_gram(const struct tensor *c, const struct tensor *a, enum transpose ta, double alpha,
	      double beta)
{
	size_t m = c->dim[0], k = a->dim[ta == TRANSPOSED ? 0 : 1];

	if (m < SMALLEST_HALVED) {
		cpu_matmul(c, a, ta, a, ta == PLAIN ? TRANSPOSED : PLAIN, alpha, beta);
		return;
	}
	cblas_ssyrk(CblasRowMajor, CblasUpper, ta == TRANSPOSED ? CblasTrans : CblasNoTrans, (int)m,
		    (int)k, (float)alpha, host_data(a), (int)a->dim[1], (float)beta, host_data(c),
		    (int)m);
	mirror(host_data(c), m);
}

/* c(rows,columns) = a(rows,k) b(k,columns), windows of matrices with k columns. */
static void product(const struct backend *backend, float *c, const float *a, const float *b,
		    size_t rows, size_t columns, size_t k)
{
	const struct product product = {.m = rows,
					.n = columns,
					.k = k,
					.alpha = 1,
					.a = a,
					.b = b,
					.c = c,
					.a_row = k,
					.b_row = k,
					.c_row = k};

	cpu_multiply(backend, &product);
}

/* The upper half of the block on the diagonal that begins at c and has n rows; a points to its
 * rows, b to its columns, all of matrices with k columns. */
static void upper_half(const struct backend *backend, float *c, const float *a, const float *b,
		       size_t n, size_t k)
{
	size_t half = (n / 2 + LANES - 1) / LANES * LANES;

	if (n < SMALLEST_HALVED) {
		product(backend, c, a, b, n, n, k);
		return;
	}
	product(backend, c + half, a, b + half, half, n - half, k);
	upper_half(backend, c, a, b, half, k);
	upper_half(backend, c + half * k + half, a + half * k, b + half, n - half, k);
}

void cpu_matmul_commuting(const struct tensor *c, const struct tensor *a, const struct tensor *b)
{
	size_t m = c->dim[0];

	upper_half(c->backend, host_data(c), host_data(a), host_data(b), m, m);
	if (m >= SMALLEST_HALVED)
		mirror(host_data(c), m);
}
