/* SPDX-License-Identifier: MIT
 *
 * Products in fp32 that are known to be symmetric: the upper half is computed, then mirrored.
 *
 * The BLAS knows a a^T.  A product of two different matrices it knows only as a whole: here the
 * upper right quadrant is one product, and the two on the diagonal are halved again.  Several
 * threads take strips of rows, of equal area above the diagonal; each writes and mirrors its own.
 */
#include <cblas.h>
#include <math.h>

#include "tensor/cpu/cpu_backend.h"

#define STRIP_LEAST 2e6 /* multiplications; below, a thread costs more than it brings */
#define LANES	    16	/* blocks begin at multiples, where the BLAS is fastest */

/* The upper half of a block on the diagonal. */
typedef void upper_half(const struct cpu_state *state, const struct product *block,
			struct cpu_scratch *scratch);

struct symmetric {
	const struct backend *backend;
	const struct product *product;
	upper_half *upper;
	size_t strips;
};

static void mirror_tile(float *c, size_t m, size_t row, size_t row_end, size_t column)
{
	size_t column_end = column + LANES < m ? column + LANES : m;

	for (size_t i = row; i < row_end; i++)
		for (size_t j = column > i ? column : i + 1; j < column_end; j++)
			c[j * m + i] = c[i * m + j];
}

/* Rows [first, end) of the upper half of c(m,m) become columns of the lower, by tiles that stay in
 * the cache. */
static void mirror(float *c, size_t m, size_t first, size_t end)
{
	for (size_t row = first; row < end; row += LANES)
		for (size_t column = row; column < m; column += LANES)
			mirror_tile(c, m, row, row + LANES < end ? row + LANES : end, column);
}

static void upper_by_blas(const struct cpu_state *state, const struct product *p,
			  struct cpu_scratch *scratch)
{
	(void)state;
	(void)scratch;
	blas_begin();
	cblas_ssyrk(CblasRowMajor, CblasUpper, p->a_transposed ? CblasTrans : CblasNoTrans,
		    (int)p->m, (int)p->k, p->alpha, p->a, (int)p->a_row, p->beta, p->c,
		    (int)p->c_row);
	blas_end();
}

static void upper_by_halves(const struct cpu_state *state, const struct product *p,
			    struct cpu_scratch *scratch)
{
	size_t n = p->m, half = (n / 2 + LANES - 1) / LANES * LANES;
	struct product quadrant = product_window(p, 0, half, half, n - half);
	struct product first = product_window(p, 0, half, 0, half);
	struct product second = product_window(p, half, n - half, half, n - half);

	if (n < SYMMETRIC_LEAST_HALVED) {
		state->multiply(p, scratch);
		return;
	}
	state->multiply(&quadrant, scratch);
	upper_by_halves(state, &first, scratch);
	upper_by_halves(state, &second, scratch);
}

/* Where strip i begins: the area above the diagonal before it is i / strips of all, rounded up,
 * since what is left is the more a triangle of small products. */
static size_t strip_first(const struct symmetric *s, size_t i)
{
	double left = sqrt(1 - (double)i / (double)s->strips);
	size_t m = s->product->m;
	size_t first = (size_t)ceil((double)m * (1 - left) / LANES) * LANES;

	return i < s->strips && first < m ? first : m;
}

static void compute_strip(void *context, size_t i)
{
	const struct symmetric *s = context;
	const struct cpu_state *state = s->backend->state;
	struct cpu_scratch *scratch = cpu_scratch(s->backend);
	size_t first = strip_first(s, i), end = strip_first(s, i + 1), m = s->product->m;
	struct product right = product_window(s->product, first, end - first, end, m - end);
	struct product block = product_window(s->product, first, end - first, first, end - first);

	if (end == first)
		return;
	if (end < m)
		state->multiply(&right, scratch);
	s->upper(state, &block, scratch);
	mirror(s->product->c, m, first, end);
}

static void multiply_symmetric(const struct backend *backend, const struct product *product,
			       upper_half *upper)
{
	const struct cpu_state *state = backend->state;
	double useful = (double)product->m * (double)product->m * (double)product->k / 2;
	size_t threads = cpu_threads_inside() ? 1 : (size_t)backend->threads;
	struct symmetric s = {backend, product, upper, threads};

	if (useful < STRIP_LEAST * (double)s.strips)
		s.strips = 1 + (size_t)(useful / STRIP_LEAST);
	if (product->m < SYMMETRIC_LEAST_HALVED)
		cpu_multiply(backend, product);
	else if (s.strips > 1 && state->threads)
		cpu_threads_run(state->threads, s.strips, compute_strip, &s);
	else
		compute_strip(&s, 0);
}

void cpu_gram(const struct tensor *c, const struct tensor *a, enum transpose ta, double alpha,
	      double beta)
{
	const struct product product =
		product_of(c, a, ta, a, ta == PLAIN ? TRANSPOSED : PLAIN, alpha, beta);

	multiply_symmetric(c->backend, &product, upper_by_blas);
}

void cpu_matmul_commuting(const struct tensor *c, const struct tensor *a, const struct tensor *b)
{
	const struct product product = product_of(c, a, PLAIN, b, PLAIN, 1, 0);

	multiply_symmetric(c->backend, &product, upper_by_halves);
}
