/* SPDX-License-Identifier: MIT
 *
 * A block of b stays in the second cache while panels of a pass by it, and a panel of a stays in
 * the first while it passes the panels of b.
 */
#include "tensor/cpu/x86/bf16_panels.h"

#include "base/order.h"

/* What of a product is being computed: c(m,n) from k, beginning at (row, column) and inner. */
struct part {
	const struct bf16_kernel *kernel;
	const struct product *product;
	struct bf16_scratch *scratch;
	size_t column, inner, n, k;
	float beta;
};

/* The size of equal blocks that are no larger than `most`, a multiple of 32. */
static size_t block_size(size_t n, size_t most)
{
	size_t blocks = (n + most - 1) / most, size = (n + blocks - 1) / blocks;

	return (size + GROUP - 1) / GROUP * GROUP;
}

/* A tile at c, of which rows x columns are wanted. */
static void make_tile(const struct part *part, float *c, const uint32_t *a, const uint32_t *b,
		      size_t rows, size_t columns)
{
	const struct bf16_kernel *kernel = part->kernel;
	size_t groups = (part->k + GROUP - 1) / GROUP, c_row = part->product->c_row;
	float alpha = part->product->alpha, beta = part->beta, *tile = part->scratch->tile;

	if (rows == kernel->rows && columns == PANEL_COLUMNS && alpha == 1 &&
	    (beta == 0 || beta == 1)) {
		kernel->multiply(c, c_row, a, b, groups, rows, beta == 1);
		return;
	}
	kernel->multiply(tile, PANEL_COLUMNS, a, b, groups, rows, false);
	bf16_store(c, c_row, tile, rows, columns, alpha, beta);
}

/* Rows [row, row + m), at most BF16_BLOCK_M of them. */
static void multiply_rows(const struct part *part, size_t row, size_t m)
{
	const struct product *p = part->product;
	size_t height = part->kernel->rows, groups = (part->k + GROUP - 1) / GROUP;
	size_t at = p->a_transposed ? part->inner * p->a_row + row : row * p->a_row + part->inner;
	struct bf16_lines lines = {p->a + at, p->a_row, !p->a_transposed};
	float *c = p->c + row * p->c_row + part->column;

	bf16_pack(part->scratch->a, height, LINE_PAIR, lines, m, part->k);
	for (size_t i = 0; i < m; i += height)
		for (size_t j = 0; j < part->n; j += PANEL_COLUMNS)
			make_tile(part, c + i * p->c_row + j, part->scratch->a + i * groups * PAIRS,
				  part->scratch->b + j * groups * PAIRS,
				  size_smaller(height, m - i),
				  size_smaller(PANEL_COLUMNS, part->n - j));
}

static void multiply_block(const struct part *part)
{
	const struct product *p = part->product;
	size_t at = p->b_transposed ? part->column * p->b_row + part->inner
				    : part->inner * p->b_row + part->column;
	struct bf16_lines lines = {p->b + at, p->b_row, p->b_transposed};

	bf16_pack(part->scratch->b, PANEL_COLUMNS, PAIR_LINE, lines, part->n, part->k);
	for (size_t row = 0; row < p->m; row += BF16_BLOCK_M)
		multiply_rows(part, row, size_smaller(BF16_BLOCK_M, p->m - row));
}

void bf16_multiply_with(const struct bf16_kernel *kernel, const struct product *p,
			struct bf16_scratch *scratch)
{
	size_t width = block_size(p->n, BF16_BLOCK_N), depth = block_size(p->k, BF16_BLOCK_K);

	for (size_t column = 0; column < p->n; column += width)
		for (size_t inner = 0; inner < p->k; inner += depth) {
			struct part part = {.kernel = kernel,
					    .product = p,
					    .scratch = scratch,
					    .column = column,
					    .inner = inner,
					    .n = size_smaller(width, p->n - column),
					    .k = size_smaller(depth, p->k - inner),
					    .beta = inner ? 1 : p->beta};

			multiply_block(&part);
		}
}
