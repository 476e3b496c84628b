/* SPDX-License-Identifier: MIT
 *
 * Every operation of the list in backend_impl.h gets a function of the same type that reads the
 * clock, calls the backend's own and reads it again.  Macros write these functions, so that a new
 * operation is profiled without a word here.
 */
#include "tensor/profile.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "tensor/backend_impl.h"

/* LIST_n(P, types) is P(type, n), P(type, n - 1), .. P(type, 1). */
#define LIST_1(P, t)					       P(t, 1)
#define LIST_2(P, t, ...)				       P(t, 2), LIST_1(P, __VA_ARGS__)
#define LIST_3(P, t, ...)				       P(t, 3), LIST_2(P, __VA_ARGS__)
#define LIST_4(P, t, ...)				       P(t, 4), LIST_3(P, __VA_ARGS__)
#define LIST_5(P, t, ...)				       P(t, 5), LIST_4(P, __VA_ARGS__)
#define LIST_6(P, t, ...)				       P(t, 6), LIST_5(P, __VA_ARGS__)
#define LIST_7(P, t, ...)				       P(t, 7), LIST_6(P, __VA_ARGS__)
#define LIST_8(P, t, ...)				       P(t, 8), LIST_7(P, __VA_ARGS__)
#define LIST_9(P, t, ...)				       P(t, 9), LIST_8(P, __VA_ARGS__)
#define LIST_10(P, t, ...)				       P(t, 10), LIST_9(P, __VA_ARGS__)
#define LIST_11(P, t, ...)				       P(t, 11), LIST_10(P, __VA_ARGS__)
#define LIST_12(P, t, ...)				       P(t, 12), LIST_11(P, __VA_ARGS__)
#define THIRTEENTH(a, b, c, d, e, f, g, h, i, j, k, l, m, ...) m
#define LIST(P, ...)                                                                               \
	THIRTEENTH(__VA_ARGS__, LIST_12, LIST_11, LIST_10, LIST_9, LIST_8, LIST_7, LIST_6, LIST_5, \
		   LIST_4, LIST_3, LIST_2, LIST_1, )                                               \
	(P, __VA_ARGS__)

/* The parameters of a function whose types are known, and what it hands on.  The first is a tensor
 * of the backend, and there is more than one. */
#define DECLARE(type, n)       type a##n
#define PASS(type, n)	       a##n
#define PARAMETERS(first, ...) (first t, LIST(DECLARE, __VA_ARGS__))
#define ARGUMENTS(first, ...)  (t, LIST(PASS, __VA_ARGS__))

#define X(name, types)	  OP_##name,
#define X_REDUCTION(name) OP_##name,
enum op { BACKEND_OPERATIONS(X) BACKEND_OPTIONAL(X) BACKEND_REDUCTIONS(X_REDUCTION) N_OPS };
#undef X
#undef X_REDUCTION

#define X(name, types)	  #name,
#define X_REDUCTION(name) #name,
static const char *const names[N_OPS] = {BACKEND_OPERATIONS(X) BACKEND_OPTIONAL(X)
						 BACKEND_REDUCTIONS(X_REDUCTION)};
#undef X
#undef X_REDUCTION

struct profile {
	struct backend_ops ops; /* the backend's own */
	double calls[N_OPS], seconds[N_OPS];
};

static void count(struct profile *profile, enum op op, double start)
{
	profile->calls[op]++;
	profile->seconds[op] += clock_s() - start;
}

#define X(name, types)                                         \
	static void timed_##name PARAMETERS types              \
	{                                                      \
		struct profile *profile = t->backend->profile; \
		double start = clock_s();                      \
                                                               \
		profile->ops.name ARGUMENTS types;             \
		count(profile, OP_##name, start);              \
	}
BACKEND_OPERATIONS(X)
BACKEND_OPTIONAL(X)
#undef X

#define X(name)                                                \
	static double timed_##name(const struct tensor *t)     \
	{                                                      \
		struct profile *profile = t->backend->profile; \
		double start = clock_s(), result;              \
                                                               \
		result = profile->ops.name(t);                 \
		count(profile, OP_##name, start);              \
		return result;                                 \
	}
BACKEND_REDUCTIONS(X)
#undef X

void profile_start(struct backend *backend)
{
	struct profile *profile = xcalloc(1, sizeof(*profile));
	struct backend_ops *ops = &backend->ops;

	assert(!backend->profile);
	profile->ops = *ops;
	backend->profile = profile;
#define X(name, types)		ops->name = timed_##name;
#define X_OPTIONAL(name, types) ops->name = ops->name ? timed_##name : NULL;
#define X_REDUCTION(name)	ops->name = timed_##name;
	BACKEND_OPERATIONS(X)
	BACKEND_OPTIONAL(X_OPTIONAL)
	BACKEND_REDUCTIONS(X_REDUCTION)
#undef X
#undef X_OPTIONAL
#undef X_REDUCTION
}

size_t profile_size(void)
{
	return N_OPS;
}

struct op_profile profile_read(const struct backend *backend, size_t i)
{
	const struct profile *profile = backend->profile;

	assert(profile && i < N_OPS);
	return (struct op_profile){names[i], profile->calls[i], profile->seconds[i]};
}

void profile_reset(struct backend *backend)
{
	struct profile *profile = backend->profile;

	assert(profile);
	memset(profile->calls, 0, sizeof(profile->calls));
	memset(profile->seconds, 0, sizeof(profile->seconds));
}
