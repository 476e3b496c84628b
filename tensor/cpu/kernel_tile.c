/* SPDX-License-Identifier: MIT
 *
 * A block of the result, some rows by one or two vectors, stays in registers while the inner index
 * runs; elements of the left matrix are broadcast.
 */
#include "tensor/cpu/kernel_tile.h"

/* X(height) for every height of a block. */
#if TILE_ROWS == 14
#define HEIGHTS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
#else
#define HEIGHTS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#endif

/* So many rows are reached from one pointer: its own, one row on, two rows on. */
#define POINTER_ROWS 3
#define POINTERS     ((TILE_ROWS + POINTER_ROWS - 1) / POINTER_ROWS)

/* c = alpha sums + beta c; with beta = 0 c is not read. */
ALWAYS_INLINE void block_store(struct tile_out c, vec sums[TILE_ROWS][TILE_VECTORS],
			       struct tile_scale scale, size_t rows, size_t vectors)
{
#pragma GCC unroll 16
	for (size_t i = 0; i < rows; i++, c.data += c.row)
		for (size_t j = 0; j < vectors; j++) {
			vec sum = scale.alpha * sums[i][j];

			if (scale.beta != 0)
				sum += scale.beta * vec_load(c.data + j * LANES);
			vec_store(c.data + j * LANES, sum);
		}
}

/* `rows`, `vectors` and `apart` are constants wherever this is inlined, and its loops over them
 * disappear, so that the sums are registers from the first to the last.  The rows on the left are
 * `apart`, or else adjacent. */
ALWAYS_INLINE void block(struct tile_out c, struct tile_left a, struct tile_right b, size_t k,
			 struct tile_scale scale, size_t rows, size_t vectors, bool apart)
{
	vec sums[TILE_ROWS][TILE_VECTORS] = {0};
	const float *left[POINTERS];

#pragma GCC unroll 16
	for (size_t g = 0; g * POINTER_ROWS < rows; g++) {
		left[g] = a.data + (apart ? g * POINTER_ROWS * a.row : 0);
		/* Not to be computed from each other again in the loop. */
		__asm__("" : "+r"(left[g]));
	}
	for (size_t p = 0; p < k; p++) {
		vec right[TILE_VECTORS];

		for (size_t j = 0; j < vectors; j++)
			right[j] = vec_load(b.data + p * b.row + j * LANES);
#pragma GCC unroll 16
		for (size_t i = 0; i < rows; i++) {
			float x = apart ? left[i / POINTER_ROWS][i % POINTER_ROWS * a.row + p]
					: a.data[p * a.column + i];

			for (size_t j = 0; j < vectors; j++)
				sums[i][j] += x * right[j];
		}
	}
	block_store(c, sums, scale, rows, vectors);
}

/* Columns of a width of `vectors`, in blocks whose heights differ by one at most. */
ALWAYS_INLINE void panel(struct tile_out c, struct tile_left a, struct tile_right b, size_t m,
			 size_t k, struct tile_scale scale, size_t vectors, bool apart)
{
	for (size_t blocks = (m + TILE_ROWS - 1) / TILE_ROWS; blocks; blocks--) {
		size_t rows = (m + blocks - 1) / blocks;

		switch (rows) {
#define X(height)                                                 \
	case height:                                              \
		block(c, a, b, k, scale, height, vectors, apart); \
		break;
			HEIGHTS(X)
#undef X
		}
		m -= rows;
		c.data += rows * c.row;
		a.data += rows * a.row;
	}
}

void VARIANT(tile_panel)(struct tile_out c, struct tile_left a, struct tile_right b, size_t m,
			 size_t k, struct tile_scale scale, size_t vectors)
{
	if (a.column == 1 && vectors == 1)
		panel(c, a, b, m, k, scale, 1, true);
	else if (a.column == 1)
		panel(c, a, b, m, k, scale, 2, true);
	else if (vectors == 1)
		panel(c, a, b, m, k, scale, 1, false);
	else
		panel(c, a, b, m, k, scale, 2, false);
}

/* What is left of the columns, less than a vector. */
static void panel_rest(struct tile_out c, struct tile_left a, struct tile_right b, size_t m,
		       size_t n, size_t k, enum tile_mode mode)
{
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			float *to = c.data + i * c.row + j;
			float sum = mode == TILE_ADD ? *to : 0;

			for (size_t p = 0; p < k; p++)
				sum += a.data[i * a.row + p * a.column] * b.data[p * b.row + j];
			*to = sum;
		}
}

void VARIANT(tile_multiply)(struct tile_out c, struct tile_left a, struct tile_right b, size_t m,
			    size_t n, size_t k, enum tile_mode mode)
{
	struct tile_scale scale = {1, mode == TILE_ADD};

	while (n >= LANES) {
		size_t vectors = n >= TILE_COLUMNS ? TILE_VECTORS : 1;

		VARIANT(tile_panel)(c, a, b, m, k, scale, vectors);
		n -= vectors * LANES;
		c.data += vectors * LANES;
		b.data += vectors * LANES;
	}
	if (n)
		panel_rest(c, a, b, m, n, k, mode);
}
