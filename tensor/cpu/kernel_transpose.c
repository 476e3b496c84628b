/* SPDX-License-Identifier: MIT
 *
 * Squares of a vector's length are turned within registers, by rounds that join rows twice as far
 * apart each time; what is left at the edges goes element by element.
 */
#include "tensor/cpu/kernel_transpose.h"

#include "tensor/cpu/cpu_vector.h"

#ifdef __AVX__
#define SQUARE ((size_t)8)
typedef float lane_row __attribute__((vector_size(32)));
typedef float lane_row_unaligned __attribute__((vector_size(32), aligned(4), may_alias));
#else
#define SQUARE ((size_t)4)
typedef float lane_row __attribute__((vector_size(16)));
typedef float lane_row_unaligned __attribute__((vector_size(16), aligned(4), may_alias));
#endif

#ifdef __AVX__
ALWAYS_INLINE void turn_square(lane_row out[SQUARE], const lane_row in[SQUARE])
{
	lane_row pairs[SQUARE], fours[SQUARE];

	for (size_t i = 0; i < SQUARE; i += 2) {
		pairs[i] = __builtin_shufflevector(in[i], in[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
		pairs[i + 1] =
			__builtin_shufflevector(in[i], in[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
	}
	for (size_t i = 0; i < SQUARE; i += 4)
		for (size_t j = 0; j < 2; j++) {
			lane_row a = pairs[i + j], b = pairs[i + j + 2];

			fours[i + 2 * j] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
			fours[i + 2 * j + 1] =
				__builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
		}
	for (size_t i = 0; i < 4; i++) {
		lane_row a = fours[i], b = fours[i + 4];

		out[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
		out[i + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
	}
}
#else
ALWAYS_INLINE void turn_square(lane_row out[SQUARE], const lane_row in[SQUARE])
{
	lane_row pairs[SQUARE];

	for (size_t i = 0; i < 2; i++) {
		pairs[i] = __builtin_shufflevector(in[2 * i], in[2 * i + 1], 0, 4, 1, 5);
		pairs[i + 2] = __builtin_shufflevector(in[2 * i], in[2 * i + 1], 2, 6, 3, 7);
	}
	for (size_t i = 0; i < SQUARE; i += 2) {
		out[i] = __builtin_shufflevector(pairs[i], pairs[i + 1], 0, 1, 4, 5);
		out[i + 1] = __builtin_shufflevector(pairs[i], pairs[i + 1], 2, 3, 6, 7);
	}
}
#endif

static void transpose_square(float *to, size_t to_row, const float *from, size_t from_row,
			     float factor)
{
	lane_row in[SQUARE], out[SQUARE];

	for (size_t i = 0; i < SQUARE; i++)
		in[i] = factor * *(const lane_row_unaligned *)(from + i * from_row);
	turn_square(out, in);
	for (size_t i = 0; i < SQUARE; i++)
		*(lane_row_unaligned *)(to + i * to_row) = out[i];
}

void VARIANT(tile_transpose)(float *to, size_t to_row, const float *from, size_t from_row,
			     size_t rows, size_t columns, float factor)
{
	size_t square_rows = rows / SQUARE * SQUARE, square_columns = columns / SQUARE * SQUARE;

	for (size_t i = 0; i < square_rows; i += SQUARE)
		for (size_t j = 0; j < square_columns; j += SQUARE)
			transpose_square(to + j * to_row + i, to_row, from + i * from_row + j,
					 from_row, factor);
	for (size_t i = 0; i < rows; i++)
		for (size_t j = i < square_rows ? square_columns : 0; j < columns; j++)
			to[j * to_row + i] = factor * from[i * from_row + j];
}
