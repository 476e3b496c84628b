/* SPDX-License-Identifier: MIT
 *
 * Where the time of a backend goes: calls and seconds of each operation.  Works for every backend,
 * since it stands between the functions of ops.h and whatever table the backend has.
 */
#ifndef TENSOR_PROFILE_H
#define TENSOR_PROFILE_H

#include "tensor/tensor.h"

struct op_profile {
	const char *name; /* "matmul" */
	double calls, seconds;
};

/* Counts and times every operation from now on, until the backend is closed; each costs two
 * readings of the clock more.  A device that works on after a call returned is not waited for. */
void profile_start(struct backend *backend);

/* How many operations there are, and operation i < n of a backend that is profiled: since the start
 * or the last reset. */
size_t profile_size(void);
struct op_profile profile_read(const struct backend *backend, size_t i);
void profile_reset(struct backend *backend);

#endif
