/* SPDX-License-Identifier: MIT
 *
 * Blocks of c that registers hold (kernel_tile.c) take the left matrix as it lies, by broadcasts,
 * and the right one as it lies too where its rows are rows.  Only what would be slow is copied: a
 * transposed right matrix, once for all rows of c; columns that do not fill a vector; and, from
 * either side, parts of long rows, which drive each other out of the nearest cache and lie on a
 * page each. The first part of the inner size scales c, the later ones add to it.
 */
#include <string.h>

#include "base/order.h"
#include "tensor/cpu/cpu_vector.h"
#include "tensor/cpu/kernel_gemm.h"
#include "tensor/cpu/kernel_tile.h"
#include "tensor/cpu/kernel_transpose.h"

/* Elements of a row from which on rows, of which the inner size takes all or one each, are copied.
 */
#define LONG_ALONG  256
#define LONG_ACROSS 512

/* Of the inner size at a time where a block reads a piece of each of so many rows on the left: what
 * is left of them in the cache is the next block's. */
#define INNER_ACROSS 192

#define ROW_GAP	   16 /* elements between copied rows, against conflicts in the cache */
#define LEFT_WIDTH ((TILE_ROWS + LANES - 1) / LANES * LANES) /* of copied columns on the left */

/* Own kernels where fewer elements than that are in the weights W of y = x W^T and of dx = dy W,
 * and in the result dW = dy^T x: measured limits, docs/performance.md. */
#if defined(__AVX512F__)
#define WEIGHTS	  ((size_t)1 << 20)
#define GRADIENTS ((size_t)1 << 20)
#elif defined(__AVX2__)
#define WEIGHTS	  ((size_t)1 << 18)
#define GRADIENTS ((size_t)1 << 13)
#else
#define WEIGHTS	  ((size_t)1)
#define GRADIENTS ((size_t)1)
#endif

/* Part of a product: indices [first, first + k) of the inner size, columns [column, column + n). */
struct part {
	const struct product *product;
	struct gemm_scratch *scratch;
	struct tile_scale scale;
	size_t first, k, column, n;
};

/* The size of `parts` nearly equal parts of n. */
static size_t share(size_t n, size_t parts)
{
	return (n + parts - 1) / parts;
}

/* n rows of the same length, which is written out where it can be. */
static void copy_rows(float *to, size_t to_row, const float *from, size_t from_row, size_t n,
		      size_t length)
{
	for (size_t i = 0; i < n; i++, to += to_row, from += from_row)
		if (length == TILE_COLUMNS)
			memcpy(to, from, TILE_COLUMNS * sizeof(*to));
		else if (length == LEFT_WIDTH)
			memcpy(to, from, LEFT_WIDTH * sizeof(*to));
		else
			memcpy(to, from, length * sizeof(*to));
}

/* to(k, TILE_COLUMNS) = n columns of the right matrix, with zeros beside them. */
static void copy_columns(float *to, const struct part *part, size_t column, size_t n)
{
	const struct product *p = part->product;
	const float *from = p->b + (p->b_transposed ? column * p->b_row + part->first
						    : part->first * p->b_row + column);

	if (n < TILE_COLUMNS)
		memset(to, 0, part->k * TILE_COLUMNS * sizeof(*to));
	if (p->b_transposed) {
		VARIANT(tile_transpose)(to, TILE_COLUMNS, from, p->b_row, n, part->k, 1);
		return;
	}
	copy_rows(to, TILE_COLUMNS, from, p->b_row, part->k, n);
}

/* n columns from `column` on, relative to the part's; copied when the first rows are computed. */
static struct tile_right right_of(const struct part *part, size_t row, size_t column, size_t n)
{
	const struct product *p = part->product;
	float *copy = part->scratch->right + column * part->k;

	if (!p->b_transposed && n % LANES == 0 && p->b_row < LONG_ACROSS)
		return (struct tile_right){p->b + part->first * p->b_row + part->column + column,
					   p->b_row};
	if (row == 0)
		copy_columns(copy, part, part->column + column, n);
	return (struct tile_right){copy, TILE_COLUMNS};
}

/* Columns of a transposed matrix; more than asked for where they are there, so that their number is
 * a constant. */
static struct tile_left left_columns(const struct part *part, size_t row, size_t rows)
{
	const struct product *p = part->product;
	const float *from = p->a + part->first * p->a_row + row;
	float *copy = part->scratch->left;

	if (p->a_row < LONG_ACROSS)
		return (struct tile_left){from, 1, p->a_row};
	copy_rows(copy, LEFT_WIDTH, from, p->a_row, part->k,
		  row + LEFT_WIDTH <= p->m ? LEFT_WIDTH : rows);
	return (struct tile_left){copy, 1, LEFT_WIDTH};
}

static struct tile_left left_rows(const struct part *part, size_t row, size_t rows)
{
	const struct product *p = part->product;
	const float *from = p->a + row * p->a_row + part->first;
	float *copy = part->scratch->left;
	size_t step = part->k + ROW_GAP;

	if (part->k < LONG_ALONG)
		return (struct tile_left){from, p->a_row, 1};
	copy_rows(copy, step, from, p->a_row, rows, part->k);
	return (struct tile_left){copy, step, 1};
}

/* c(rows, n), whose n columns are not whole vectors, by way of a block with room for them. */
static void multiply_edge(const struct part *part, struct tile_out c, struct tile_left a,
			  struct tile_right b, size_t rows, size_t n)
{
	struct tile_out block = {part->scratch->edge, TILE_COLUMNS};
	float beta = part->scale.beta;

	VARIANT(tile_panel)
	(block, a, b, rows, part->k, (struct tile_scale){part->scale.alpha, 0}, share(n, LANES));
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < n; j++) {
			float *to = c.data + i * c.row + j;
			float sum = block.data[i * TILE_COLUMNS + j];

			*to = beta == 0 ? sum : sum + beta * *to;
		}
}

/* c is written once, when its sums are complete: it is called for in time. */
static void prefetch(struct tile_out c, size_t rows, size_t n)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < n; j += LANES)
			__builtin_prefetch(c.data + i * c.row + j, 1);
}

static void multiply_rows(const struct part *part, size_t row, size_t rows)
{
	const struct product *p = part->product;
	struct tile_left a =
		p->a_transposed ? left_columns(part, row, rows) : left_rows(part, row, rows);

	for (size_t column = 0; column < part->n; column += TILE_COLUMNS) {
		size_t n = size_smaller(TILE_COLUMNS, part->n - column);
		struct tile_right b = right_of(part, row, column, n);
		struct tile_out c = {p->c + row * p->c_row + part->column + column, p->c_row};

		prefetch(c, rows, n);
		if (n % LANES)
			multiply_edge(part, c, a, b, rows, n);
		else
			VARIANT(tile_panel)(c, a, b, rows, part->k, part->scale, n / LANES);
	}
}

static void multiply_part(const struct part *part)
{
	size_t m = part->product->m;

	for (size_t row = 0, rows, blocks = share(m, TILE_ROWS); blocks; blocks--, row += rows) {
		rows = share(m - row, blocks);
		multiply_rows(part, row, rows);
	}
}

void VARIANT(gemm)(const struct product *p, struct cpu_scratch *scratch)
{
	struct part part = {.product = p, .scratch = &scratch->gemm};
	size_t most = p->a_transposed ? INNER_ACROSS : GEMM_INNER;
	size_t k = p->k ? share(p->k, share(p->k, most)) : 1;
	size_t columns = GEMM_RIGHT / k / TILE_COLUMNS * TILE_COLUMNS;

	do {
		part.k = size_smaller(k, p->k - part.first);
		part.scale = (struct tile_scale){p->alpha, part.first ? 1 : p->beta};
		for (part.column = 0; part.column < p->n; part.column += columns) {
			part.n = size_smaller(columns, p->n - part.column);
			multiply_part(&part);
		}
		part.first += k;
	} while (part.first < p->k);
}

static bool product_suits_own(const struct product *p)
{
	return p->a_transposed ? p->m * p->n < GRADIENTS : p->n * p->k < WEIGHTS;
}

void VARIANT(multiply)(const struct product *p, struct cpu_scratch *scratch)
{
	if (product_suits_own(p))
		VARIANT(gemm)(p, scratch);
	else
		blas_multiply(p, scratch);
}
