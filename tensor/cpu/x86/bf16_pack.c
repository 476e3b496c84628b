/* SPDX-License-Identifier: MIT
 *
 * A group is packed in squares of 16 lines by 16 pairs.  A vector is loaded either from a line or
 * from a pair of the inner index, whatever is stored side by side; where the layout wants the other
 * one side by side, the square is transposed in registers.
 */
#include <immintrin.h>

#include "base/order.h"
#include "tensor/cpu/x86/bf16_panels.h"

#define INLINE static inline __attribute__((always_inline))
#define SIDE   16

INLINE __mmask16 first(size_t n)
{
	return n >= SIDE ? 0xffff : (__mmask16)((1u << n) - 1);
}

/* 32 elements of one line, in order. */
INLINE __m512i load_line(const float *from, size_t depth)
{
	__m512 low, high;

	if (depth >= GROUP) {
		low = _mm512_loadu_ps(from);
		high = _mm512_loadu_ps(from + SIDE);
	} else {
		low = _mm512_maskz_loadu_ps(first(depth), from);
		high = _mm512_maskz_loadu_ps(first(depth < SIDE ? 0 : depth - SIDE), from + SIDE);
	}
	return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

/* Elements k and k + 1 of 16 lines. */
INLINE __m512i load_pair(const float *from, size_t row, size_t lines, size_t depth)
{
	static const uint16_t interleave[2 * SIDE] __attribute__((aligned(64))) = {
		0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
		8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
	__m512 even = _mm512_maskz_loadu_ps(first(depth > 0 ? lines : 0), from);
	__m512 odd = _mm512_maskz_loadu_ps(first(depth > 1 ? lines : 0), from + row);
	__m512i both = (__m512i)_mm512_cvtne2ps_pbh(odd, even);

	return _mm512_permutexvar_epi16(_mm512_load_si512(interleave), both);
}

/* 16 x 16 words: pairs of rows, then fours, then quarters of rows that are 4 and 8 apart. */
INLINE void transpose(__m512i r[SIDE])
{
	__m512i t[SIDE];

	for (size_t i = 0; i < SIDE; i += 2) {
		t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
		t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
	}
	for (size_t i = 0; i < SIDE; i += 4) {
		r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
		r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
		r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
		r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
	}
	for (size_t i = 0; i < 4; i++) {
		t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
		t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
		t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
		t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
	}
	for (size_t i = 0; i < 8; i++) {
		r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
		r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
	}
}

/* One group of up to 16 lines.  `width` lines are written. */
INLINE void pack_square(uint32_t *to, size_t panel_width, size_t width, enum bf16_layout layout,
			struct bf16_lines from, size_t lines, size_t depth)
{
	__m512i square[SIDE];

	if (from.whole) {
		for (size_t i = 0; i < SIDE; i++)
			square[i] = i < lines ? load_line(from.data + i * from.row, depth)
					      : _mm512_setzero_si512();
	} else {
		for (size_t i = 0; i < SIDE; i++)
			square[i] = 2 * i < depth ? load_pair(from.data + 2 * i * from.row,
							      from.row, lines, depth - 2 * i)
						  : _mm512_setzero_si512();
	}
	if (from.whole != (layout == LINE_PAIR))
		transpose(square);
	if (layout == LINE_PAIR) {
		for (size_t i = 0; i < width; i++)
			_mm512_storeu_si512(to + i * PAIRS, square[i]);
	} else {
		for (size_t i = 0; i < SIDE; i++)
			_mm512_storeu_si512(to + i * panel_width, square[i]);
	}
}

/* The lines of one panel, one group of them. */
static void pack_group(uint32_t *to, size_t panel_width, enum bf16_layout layout,
		       struct bf16_lines from, size_t lines, size_t depth)
{
	for (size_t line = 0; line < panel_width; line += SIDE) {
		size_t width = size_smaller(SIDE, panel_width - line);
		struct bf16_lines part = {from.data + line * (from.whole ? from.row : 1), from.row,
					  from.whole};

		pack_square(to + line * (layout == LINE_PAIR ? PAIRS : 1), panel_width, width,
			    layout, part, lines > line ? size_smaller(width, lines - line) : 0,
			    depth);
	}
}

/* In the order in which the source is stored. */
void bf16_pack(uint32_t *to, size_t width, enum bf16_layout layout, struct bf16_lines from,
	       size_t n, size_t depth)
{
	size_t panels = (n + width - 1) / width, groups = (depth + GROUP - 1) / GROUP;
	size_t inner = from.whole ? groups : panels;

	for (size_t i = 0; i < panels * groups; i++) {
		size_t panel = from.whole ? i / inner : i % inner;
		size_t group = from.whole ? i % inner : i / inner;
		size_t line = panel * width, k = group * GROUP;
		struct bf16_lines part = {
			from.data + (from.whole ? line * from.row + k : k * from.row + line),
			from.row, from.whole};

		pack_group(to + (panel * groups + group) * width * PAIRS, width, layout, part,
			   size_smaller(width, n - line), size_smaller(GROUP, depth - k));
	}
}

void bf16_store(float *c, size_t c_row, const float *tile, size_t rows, size_t columns, float alpha,
		float beta)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < columns; j++) {
			float old = beta == 0 ? 0 : beta * c[i * c_row + j];

			c[i * c_row + j] = alpha * tile[i * PANEL_COLUMNS + j] + old;
		}
}
