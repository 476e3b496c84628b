/* SPDX-License-Identifier: MIT
 *
 * Products of bfloat16 on processors with AVX-512, blocked for the caches.  A micro-kernel makes a
 * tile of c of `rows` x 32 from panels that bf16_pack() has laid out:
 *
 * - a group is 32 of the inner index k, as 16 pairs of bfloat16 in 16 words;
 * - a panel of a is `rows` rows, group by group, in a group (row, pair);
 * - a panel of b is 32 columns, group by group, in a group (pair, column).
 *
 * What is missing at the edges is packed as zeros.
 */
#ifndef TENSOR_CPU_X86_BF16_PANELS_H
#define TENSOR_CPU_X86_BF16_PANELS_H

#include "tensor/cpu/bf16.h"
#include "tensor/cpu/cpu_backend.h"

#define PAIRS	      16 /* of a group */
#define GROUP	      32 /* of the inner index */
#define PANEL_COLUMNS 32

struct bf16_kernel {
	size_t rows; /* of a tile, which divides BF16_BLOCK_M */
	/* c(rows,32) = a b, or adds it; of `used` <= rows rows the others may be left out. */
	void (*multiply)(float *c, size_t c_row, const uint32_t *a, const uint32_t *b,
			 size_t groups, size_t used, bool add);
};

void bf16_multiply_with(const struct bf16_kernel *kernel, const struct product *p,
			struct bf16_scratch *scratch);

/* Rows of a, or columns of b: "lines" of `depth` elements each.  Element (line, k) is at
 * data[line * row + k] where lines are stored whole, else at data[k * row + line]. */
struct bf16_lines {
	const float *data;
	size_t row;
	bool whole;
};

enum bf16_layout { LINE_PAIR, PAIR_LINE };

/* n lines, rounded, into panels of `width`. */
void bf16_pack(uint32_t *to, size_t width, enum bf16_layout layout, struct bf16_lines from,
	       size_t n, size_t depth);

/* c(rows,columns) = alpha tile + beta c; the tile is 32 wide.  With beta = 0 c is not read. */
void bf16_store(float *c, size_t c_row, const float *tile, size_t rows, size_t columns, float alpha,
		float beta);

#endif
