/* SPDX-License-Identifier: MIT
 *
 * The reference: plain loops with double accumulators, the oracle of every test.  Each file of
 * this folder is compiled twice, with REF_BITS 32 for the backend "ref" and 64 for "ref64"; the
 * functions ref_NAME_f32 and ref_NAME_f64 are the operations of ops.h.
 */
#ifndef TENSOR_REF_REF_H
#define TENSOR_REF_REF_H

#include "tensor/backend_impl.h"

#ifndef REF_BITS
#define REF_BITS 32
#endif

#if REF_BITS == 64
typedef double ref_real;
#define REF(name)   ref_##name##_f64
#define REF_BACKEND backend_ref64
#define REF_NAME    "ref64"
#else
typedef float ref_real;
#define REF(name)   ref_##name##_f32
#define REF_BACKEND backend_ref
#define REF_NAME    "ref"
#endif

#define X(name, arguments) void REF(name) arguments;
BACKEND_OPERATIONS(X)
#undef X
#define X(name) double REF(name)(const struct tensor *);
BACKEND_REDUCTIONS(X)
#undef X

static inline ref_real *ref_reals(const struct tensor *t)
{
	return host_data(t);
}

static inline const int32_t *ref_ints(const struct tensor *t)
{
	return host_data(t);
}

/* The larger, and NaN when either is. */
static inline double ref_larger(double a, double b)
{
	return a >= b || a != a ? a : b;
}

#endif
