/* SPDX-License-Identifier: MIT
 *
 * A block of the result, a few rows by one or two vectors, stays in registers while the inner
 * index runs; elements of the left matrix are broadcast.
 */
#include "tensor/cpu/kernel_tile.h"

#include "tensor/cpu/cpu_vector.h"

/* Sums of a block: 16 of 32 registers, or 12 of 16. */
#if defined(__AVX512F__) || defined(__aarch64__)
#define BLOCK_ROWS 8
#else
#define BLOCK_ROWS 6
#endif
#define BLOCK_VECTORS 2

/* `rows` and `vectors` are constants wherever this is inlined. */
ALWAYS_INLINE void block(struct tile_out c, struct tile_left a, struct tile_right b, size_t k,
			 enum tile_mode mode, size_t rows, size_t vectors)
{
	vec sums[BLOCK_ROWS][BLOCK_VECTORS];

	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < vectors; j++)
			sums[i][j] = mode == TILE_ADD ? vec_load(c.data + i * c.row + j * LANES)
						      : (vec){0};
	for (size_t p = 0; p < k; p++) {
		vec right[BLOCK_VECTORS];

		for (size_t j = 0; j < vectors; j++)
			right[j] = vec_load(b.data + p * b.row + j * LANES);
		for (size_t i = 0; i < rows; i++) {
			float left = a.data[i * a.row + p * a.column];

			for (size_t j = 0; j < vectors; j++)
				sums[i][j] += left * right[j];
		}
	}
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < vectors; j++)
			vec_store(c.data + i * c.row + j * LANES, sums[i][j]);
}

/* Columns of a width of `vectors`. */
ALWAYS_INLINE void panel(struct tile_out c, struct tile_left a, struct tile_right b, size_t m,
			 size_t k, enum tile_mode mode, size_t vectors)
{
	size_t i = 0;

	for (; i + BLOCK_ROWS <= m; i += BLOCK_ROWS) {
		block(c, a, b, k, mode, BLOCK_ROWS, vectors);
		c.data += BLOCK_ROWS * c.row;
		a.data += BLOCK_ROWS * a.row;
	}
	for (; i + 4 <= m; i += 4) {
		block(c, a, b, k, mode, 4, vectors);
		c.data += 4 * c.row;
		a.data += 4 * a.row;
	}
	for (; i < m; i++) {
		block(c, a, b, k, mode, 1, vectors);
		c.data += c.row;
		a.data += a.row;
	}
}

static void panel_wide(struct tile_out c, struct tile_left a, struct tile_right b, size_t m,
		       size_t k, enum tile_mode mode)
{
	panel(c, a, b, m, k, mode, 2);
}

static void panel_narrow(struct tile_out c, struct tile_left a, struct tile_right b, size_t m,
			 size_t k, enum tile_mode mode)
{
	panel(c, a, b, m, k, mode, 1);
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
	for (; n >= 2 * LANES; n -= 2 * LANES) {
		panel_wide(c, a, b, m, k, mode);
		c.data += 2 * LANES;
		b.data += 2 * LANES;
	}
	if (n >= LANES) {
		panel_narrow(c, a, b, m, k, mode);
		n -= LANES;
		c.data += LANES;
		b.data += LANES;
	}
	if (n)
		panel_rest(c, a, b, m, n, k, mode);
}
