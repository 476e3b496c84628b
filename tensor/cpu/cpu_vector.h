/* SPDX-License-Identifier: MIT
 *
 * The widest vector of floats of the instruction set that the file is compiled for, with the
 * compilers' own vector types.  Loops whose iterations are independent are left to the compiler;
 * these types serve sums and products, whose order the compiler may not change.
 */
#ifndef TENSOR_CPU_CPU_VECTOR_H
#define TENSOR_CPU_CPU_VECTOR_H

#include <stddef.h>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#define LANES ((size_t)VECTOR_BYTES / sizeof(float))

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

static inline vec vec_splat(float x)
{
	return x - (vec){0};
}

/* The larger of each pair; b where a is NaN. */
static inline vec vec_max(vec a, vec b)
{
	vec_int larger = a > b;

	return (vec)(((vec_int)a & larger) | ((vec_int)b & ~larger));
}

/* LANES / 2 floats as doubles. */
static inline vec_double vec_load_double(const float *from)
{
	return __builtin_convertvector(*(const vec_half *)from, vec_double);
}

/* In pairs, so that the order is the same everywhere. */
static inline float vec_sum(vec v)
{
	for (size_t width = LANES / 2; width; width /= 2)
		for (size_t i = 0; i < width; i++)
			v[i] += v[i + width];
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
