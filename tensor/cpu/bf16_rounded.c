/* SPDX-License-Identifier: MIT
 *
 * The product of bfloat16 for every processor: blocks of a and b are rounded into copies, which the
 * BLAS multiplies in fp32.
 */
#include "tensor/cpu/bf16.h"

#include "base/order.h"
#include "tensor/cpu/cpu_backend.h"

/* to(rows,columns), dense */
static void copy_rounded(float *restrict to, const float *restrict from, size_t row, size_t rows,
			 size_t columns)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < columns; j++)
			to[i * columns + j] = round_to_bf16(from[i * row + j]);
}

/* The window of a matrix under op() that begins at (i, j) and has rows x columns. */
static void copy_window(float *to, const float *from, size_t row, bool transposed, size_t i,
			size_t j, size_t rows, size_t columns)
{
	if (transposed)
		copy_rounded(to, from + j * row + i, row, columns, rows);
	else
		copy_rounded(to, from + i * row + j, row, rows, columns);
}

/* c's columns from `column` on, of the inner indices from `inner` on, n and k of them. */
static void multiply_block(const struct product *p, struct cpu_scratch *scratch, size_t column,
			   size_t inner, size_t n, size_t k)
{
	struct rounded_scratch *room = &scratch->bf16->rounded;

	copy_window(room->b, p->b, p->b_row, p->b_transposed, inner, column, k, n);
	for (size_t row = 0; row < p->m; row += ROUNDED_BLOCK) {
		size_t m = size_smaller(ROUNDED_BLOCK, p->m - row);
		struct product block = *p;

		copy_window(room->a, p->a, p->a_row, p->a_transposed, row, inner, m, k);
		block.m = m;
		block.n = n;
		block.k = k;
		block.beta = inner ? 1 : p->beta;
		block.a = room->a;
		block.b = room->b;
		block.c = p->c + row * p->c_row + column;
		block.a_row = p->a_transposed ? m : k;
		block.b_row = p->b_transposed ? k : n;
		blas_multiply(&block, scratch);
	}
}

void bf16_multiply_rounded(const struct product *p, struct cpu_scratch *scratch)
{
	for (size_t column = 0; column < p->n; column += ROUNDED_BLOCK)
		for (size_t inner = 0; inner < p->k; inner += ROUNDED_BLOCK)
			multiply_block(p, scratch, column, inner,
				       size_smaller(ROUNDED_BLOCK, p->n - column),
				       size_smaller(ROUNDED_BLOCK, p->k - inner));
}
