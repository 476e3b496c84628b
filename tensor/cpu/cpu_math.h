/* SPDX-License-Identifier: MIT
 *
 * Elementary functions of vectors, without branches or tables.  NaN as arithmetic makes it stays
 * NaN, exp(-inf) = 0, overflow is infinite.  Polynomials: Moshier, Cephes (expf.c, exp2f.c,
 * logf.c); errors are the largest against the exact value over the whole range, as
 * tests/test_elementary.c measures them.
 */
#ifndef TENSOR_CPU_CPU_MATH_H
#define TENSOR_CPU_CPU_MATH_H

#include "tensor/cpu/cpu_vector.h"

#define MATH_LN2   0.69314718055994530942f
#define MATH_LOG2E 1.44269504088896340736f

/* Adding this rounds to an integer, which then stands in the low bits: 1.5 * 2^23. */
#define MATH_ROUNDER	  12582912.0f
#define MATH_ROUNDER_BITS 0x4b400000

/* 2^(n - 1) for n = rounded - MATH_ROUNDER in -126..128; zero for n = -126. */
static inline vec vec_half_power(vec rounded)
{
	return (vec)(((vec_int)rounded - (MATH_ROUNDER_BITS - 126)) << 23);
}

/* 2^x; what is under 2^-126 becomes less than 2^-126, 2^-127 and less become 0.  Error below 1.5
 * ulp. The exponent is added to the bits of the polynomial, which is exactly 1 at both ends. */
static inline vec vec_exp2(vec x)
{
	vec rounded, f, p;

	x = vec_min(vec_splat(128), vec_max(vec_splat(-127), x));
	rounded = x + MATH_ROUNDER;
	f = x - (rounded - MATH_ROUNDER);
	p = vec_splat(1.535336188319500e-4f);
	p = p * f + 1.339887440266574e-3f;
	p = p * f + 9.618437357674640e-3f;
	p = p * f + 5.550332471162809e-2f;
	p = p * f + 2.402264791363012e-1f;
	p = p * f + 6.931472028550421e-1f;
	p = p * f + 1;
	return (vec)((vec_int)p + ((vec_int)rounded << 23));
}

/* e^x for x of -87.4 to 89 (or NaN); infinite at the upper end, and what is under 2^-125 becomes 0.
 * Error below 1.5 ulp. */
static inline vec vec_exp_between(vec x)
{
	vec rounded = x * MATH_LOG2E + MATH_ROUNDER, n = rounded - MATH_ROUNDER, r, p;

	r = x - n * 0.693359375f;
	r = r + n * 2.12194440e-4f;
	p = vec_splat(1.9875691500e-4f * 2);
	p = p * r + 1.3981999507e-3f * 2;
	p = p * r + 8.3334519073e-3f * 2;
	p = p * r + 4.1665795894e-2f * 2;
	p = p * r + 1.6666665459e-1f * 2;
	p = p * r + 5.0000001201e-1f * 2;
	p = p * (r * r) + (2 * r + 2);
	return p * vec_half_power(rounded);
}

/* 1 / (1 + e^-x).  Error below 4 ulp above x = -86, 3 where products and sums are fused; below -88
 * what it is there, under 1e-38. */
static inline vec vec_sigmoid(vec x)
{
	return vec_reciprocal(
		1 + vec_exp_between(vec_min(vec_splat(88), vec_max(vec_splat(-87.4f), -x))));
}

/* Natural logarithm of normal x > 0 (smaller x are taken for the smallest normal).  Error below
 * 1.5 ulp; log(inf) = inf. */
static inline vec vec_log(vec x)
{
	vec m, n, r, p, big;
	vec_int bits, finite;

	m = vec_max(vec_splat(1.17549435e-38f), x);
	/* m = 2^n (1 + r) with 1 + r in [sqrt(1/2), sqrt(2)) */
	bits = (vec_int)m - 0x3f3504f3;
	n = __builtin_convertvector(bits >> 23, vec);
	r = (vec)((bits & 0x007fffff) + 0x3f3504f3) - 1;
	p = vec_splat(7.0376836292e-2f);
	p = p * r - 1.1514610310e-1f;
	p = p * r + 1.1676998740e-1f;
	p = p * r - 1.2420140846e-1f;
	p = p * r + 1.4249322787e-1f;
	p = p * r - 1.6668057665e-1f;
	p = p * r + 2.0000714765e-1f;
	p = p * r - 2.4999993993e-1f;
	p = p * r + 3.3333331174e-1f;
	p = p * r * (r * r) - 2.12194440e-4f * n - 0.5f * (r * r);
	big = r + p + 0.693359375f * n;
	finite = x - x == 0;
	return (vec)(((vec_int)big & finite) | ((vec_int)x & ~finite));
}

#endif
