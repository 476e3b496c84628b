/* SPDX-License-Identifier: MIT
 *
 * A tile of 12 rows by two vectors stays in 24 of 32 registers; pairs of a are broadcast.
 */
#include <immintrin.h>

#include "tensor/cpu/x86/bf16_panels.h"

#define INLINE static inline __attribute__((always_inline))
#define ROWS   12
#define LANES  16

INLINE __m512bh load_pairs(const uint32_t *from)
{
	return (__m512bh)_mm512_load_si512(from);
}

/* `rows` is a constant wherever this is inlined. */
INLINE void multiply_rows(float *c, size_t c_row, const uint32_t *a, const uint32_t *b,
			  size_t groups, bool add, size_t rows)
{
	__m512 sums[ROWS][2];

	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < 2; j++)
			sums[i][j] = add ? _mm512_loadu_ps(c + i * c_row + j * LANES)
					 : _mm512_setzero_ps();
	for (size_t group = 0; group < groups; group++) {
		for (size_t pair = 0; pair < PAIRS; pair++) {
			__m512bh left = load_pairs(b), right = load_pairs(b + LANES);

			for (size_t i = 0; i < rows; i++) {
				__m512bh x = (__m512bh)_mm512_set1_epi32((int)a[i * PAIRS + pair]);

				sums[i][0] = _mm512_dpbf16_ps(sums[i][0], x, left);
				sums[i][1] = _mm512_dpbf16_ps(sums[i][1], x, right);
			}
			b += PANEL_COLUMNS;
		}
		a += ROWS * PAIRS;
	}
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < 2; j++)
			_mm512_storeu_ps(c + i * c_row + j * LANES, sums[i][j]);
}

static void multiply(float *c, size_t c_row, const uint32_t *a, const uint32_t *b, size_t groups,
		     size_t used, bool add)
{
	if (used > 8)
		multiply_rows(c, c_row, a, b, groups, add, ROWS);
	else if (used > 4)
		multiply_rows(c, c_row, a, b, groups, add, 8);
	else
		multiply_rows(c, c_row, a, b, groups, add, 4);
}

static const struct bf16_kernel kernel = {.rows = ROWS, .multiply = multiply};

void bf16_multiply_avx512(const struct product *p, struct cpu_scratch *scratch)
{
	bf16_multiply_with(&kernel, p, &scratch->bf16->packed);
}
