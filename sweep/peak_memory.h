/* SPDX-License-Identifier: MIT
 *
 * The memory of the process that trains a trial, at its peak, from the trial alone.  What tensors
 * take comes from the very layouts that take it; the rest is small and estimated.
 */
#ifndef SWEEP_PEAK_MEMORY_H
#define SWEEP_PEAK_MEMORY_H

#include <stddef.h>

#include "sweep/trial.h"

/* Bytes; corpus: pages of its files that are read, which programs share; checkpoint: the copy from
 * which one is written. */
#define PEAK_MEMORY_PARTS(X) \
	X(params)            \
	X(optimizer)         \
	X(checkpoint)        \
	X(activations)       \
	X(corpus)            \
	X(program)

struct peak_memory {
#define X(part) size_t part;
	PEAK_MEMORY_PARTS(X)
#undef X
};

/* With so many threads inside the trial. */
struct peak_memory peak_memory(const struct trial *trial, int threads);
size_t peak_memory_sum(const struct peak_memory *peak);

/* Whether even one context needs more activations than a micro-batch should (model_size.h). */
bool peak_memory_is_beyond_target(const struct peak_memory *peak);

#endif
