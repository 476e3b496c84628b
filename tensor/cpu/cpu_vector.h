/* SPDX-License-Identifier: MIT
 *
 * The widest vector of floats of the instruction set that the file is compiled for, with the
 * compilers' own vector types.  Intrinsics stand only here, where the compilers do not find the
 * instruction themselves.
 */
#ifndef TENSOR_CPU_CPU_VECTOR_H
#define TENSOR_CPU_CPU_VECTOR_H

#include <stddef.h>
#include <string.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define VECTOR_BYTES	     64
#define VEC_NATIVE(op, a, b) (vec) _mm512_##op##_ps((__m512)(a), (__m512)(b))
#elif defined(__AVX__)
#define VECTOR_BYTES	     32
#define VEC_NATIVE(op, a, b) (vec) _mm256_##op##_ps((__m256)(a), (__m256)(b))
#elif defined(__SSE2__)
#define VECTOR_BYTES	     16
#define VEC_NATIVE(op, a, b) (vec) _mm_##op##_ps((__m128)(a), (__m128)(b))
#else
#define VECTOR_BYTES 16
#endif
#define LANES ((size_t)VECTOR_BYTES / sizeof(float))

/* For pieces of a loop, which are fast only where their sizes are constants. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(VECTOR_BYTES)));
typedef float vec_unaligned __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef float vec_half __attribute__((vector_size(VECTOR_BYTES / 2), aligned(4), may_alias));
typedef int vec_int __attribute__((vector_size(VECTOR_BYTES)));
typedef double vec_double __attribute__((vector_size(VECTOR_BYTES)));

static inline vec vec_load(const float *from)
{
	return *(const vec_unaligned *)from;
}

static inline void vec_store(float *to, vec v)
{
	*(vec_unaligned *)to = v;
}

/* The first n floats, n <= LANES, with zeros behind them. */
ALWAYS_INLINE vec vec_load_part(const float *from, size_t n)
{
	vec v = {0};

	if (n >= LANES)
		return vec_load(from);
	memcpy(&v, from, n * sizeof(*from));
	return v;
}

ALWAYS_INLINE void vec_store_part(float *to, vec v, size_t n)
{
	if (n >= LANES)
		vec_store(to, v);
	else
		memcpy(to, &v, n * sizeof(*to));
}

static inline vec vec_splat(float x)
{
	return x - (vec){0};
}

/* The larger or smaller of each pair; b where a or b is NaN. */
#ifdef VEC_NATIVE
static inline vec vec_max(vec a, vec b)
{
	return VEC_NATIVE(max, a, b);
}

static inline vec vec_min(vec a, vec b)
{
	return VEC_NATIVE(min, a, b);
}
#else
static inline vec vec_choose(vec_int choice, vec a, vec b)
{
	return (vec)(((vec_int)a & choice) | ((vec_int)b & ~choice));
}

static inline vec vec_max(vec a, vec b)
{
	return vec_choose(a > b, a, b);
}

static inline vec vec_min(vec a, vec b)
{
	return vec_choose(a < b, a, b);
}
#endif

/* 1 / x for x of 1 to 2^127, within 1.5 ulp; 0 where that is under the smallest normal. */
static inline vec vec_reciprocal(vec x)
{
#if defined(__AVX512F__)
	vec near = (vec)_mm512_rcp14_ps((__m512)x);

	return near + near * (1 - x * near);
#else
	return 1 / x;
#endif
}

/* LANES / 2 floats as doubles. */
static inline vec_double vec_load_double(const float *from)
{
	return __builtin_convertvector(*(const vec_half *)from, vec_double);
}

/* The lanes by 8, 4, 2 or 1 further on, around the end. */
#if VECTOR_BYTES == 64
#define VEC_TURN_8(v) \
	__builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
#define VEC_TURN_4(v) \
	__builtin_shufflevector(v, v, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3)
#define VEC_TURN_2(v) \
	__builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)
#define VEC_TURN_1(v) \
	__builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)
#elif VECTOR_BYTES == 32
#define VEC_TURN_4(v) __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3)
#define VEC_TURN_2(v) __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5)
#define VEC_TURN_1(v) __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6)
#else
#define VEC_TURN_2(v) __builtin_shufflevector(v, v, 2, 3, 0, 1)
#define VEC_TURN_1(v) __builtin_shufflevector(v, v, 1, 0, 3, 2)
#endif

/* The sum of all lanes, in pairs: with the lane half a vector on, a quarter... */
static inline float vec_sum(vec v)
{
#if VECTOR_BYTES >= 64
	v += VEC_TURN_8(v);
#endif
#if VECTOR_BYTES >= 32
	v += VEC_TURN_4(v);
#endif
	v += VEC_TURN_2(v);
	v += VEC_TURN_1(v);
	return v[0];
}

/* The largest of all lanes, where none is NaN. */
static inline float vec_largest(vec v)
{
#if VECTOR_BYTES >= 64
	v = vec_max(v, VEC_TURN_8(v));
#endif
#if VECTOR_BYTES >= 32
	v = vec_max(v, VEC_TURN_4(v));
#endif
	v = vec_max(v, VEC_TURN_2(v));
	v = vec_max(v, VEC_TURN_1(v));
	return v[0];
}

static inline double vec_sum_double(vec_double v)
{
	for (size_t width = LANES / 4; width; width /= 2)
		for (size_t i = 0; i < width; i++)
			v[i] += v[i + width];
	return v[0];
}

#endif
