/* SPDX-License-Identifier: MIT
 *
 * Elementary functions without branches or tables, so that loops over them become vector code.
 * NaN stays NaN, exp(-inf) = 0, overflow is infinite.  Polynomials: Moshier, Cephes (expf.c,
 * exp2f.c, logf.c); errors are the largest against the exact value over the whole range, as
 * tests/test_cpu_kernels.c measures them.
 */
#ifndef TENSOR_CPU_CPU_MATH_H
#define TENSOR_CPU_CPU_MATH_H

#include <stdint.h>
#include <string.h>

#define MATH_LN2   0.69314718055994530942f
#define MATH_LOG2E 1.44269504088896340736f

static inline uint32_t math_bits(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static inline float math_from_bits(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* Adding this rounds to an integer, which then stands in the low bits: 1.5 * 2^23. */
#define MATH_ROUNDER 12582912.0f

/* 2^(n - 1) for n = rounded - MATH_ROUNDER in -126..128; zero for n = -126. */
static inline float math_half_power(float rounded)
{
	return math_from_bits((math_bits(rounded) - math_bits(MATH_ROUNDER) + 126) << 23);
}

/* 2^x; results under 2^-125 become 0.  Error below 1.5 ulp. */
static inline float math_exp2(float x)
{
	float rounded, f, p;

	x = x < -126 ? -126 : x;
	x = x > 128 ? 128 : x;
	rounded = x + MATH_ROUNDER;
	f = x - (rounded - MATH_ROUNDER);
	p = 1.535336188319500e-4f * 2;
	p = p * f + 1.339887440266574e-3f * 2;
	p = p * f + 9.618437357674640e-3f * 2;
	p = p * f + 5.550332471162809e-2f * 2;
	p = p * f + 2.402264791363012e-1f * 2;
	p = p * f + 6.931472028550421e-1f * 2;
	p = p * f + 2;
	return p * math_half_power(rounded);
}

/* e^x; results under 2^-125 become 0.  Error below 1.5 ulp. */
static inline float math_exp(float x)
{
	float rounded, n, r, p;

	x = x < -87.4f ? -87.4f : x;
	x = x > 89 ? 89 : x;
	rounded = x * MATH_LOG2E + MATH_ROUNDER;
	n = rounded - MATH_ROUNDER;
	r = x - n * 0.693359375f;
	r = r + n * 2.12194440e-4f;
	p = 1.9875691500e-4f * 2;
	p = p * r + 1.3981999507e-3f * 2;
	p = p * r + 8.3334519073e-3f * 2;
	p = p * r + 4.1665795894e-2f * 2;
	p = p * r + 1.6666665459e-1f * 2;
	p = p * r + 5.0000001201e-1f * 2;
	p = p * (r * r) + (2 * r + 2);
	return p * math_half_power(rounded);
}

/* 1 / (1 + e^-x).  Error below 3 ulp above x = -86; 0 below -87.4. */
static inline float math_sigmoid(float x)
{
	return 1 / (1 + math_exp(-x));
}

/* Natural logarithm of normal x > 0 (smaller x are taken for the smallest normal).  Error below
 * 1.5 ulp; log(inf) = inf. */
static inline float math_log(float x)
{
	uint32_t bits;
	float m, n, r, p, big;

	m = x < 1.17549435e-38f ? 1.17549435e-38f : x;
	/* m = 2^n (1 + r) with 1 + r in [sqrt(1/2), sqrt(2)) */
	bits = math_bits(m) - 0x3f3504f3;
	n = (float)((int32_t)bits >> 23);
	r = math_from_bits((bits & 0x007fffff) + 0x3f3504f3) - 1;
	p = 7.0376836292e-2f;
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
	return x - x == 0 ? big : x;
}

#endif
