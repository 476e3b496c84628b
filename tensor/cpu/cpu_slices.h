/* SPDX-License-Identifier: MIT
 *
 * An operation as several calls of itself, each on a slice of the rows of its tensors.
 */
#ifndef TENSOR_CPU_CPU_SLICES_H
#define TENSOR_CPU_CPU_SLICES_H

#include "tensor/cpu/cpu_backend.h"

#define SLICED_MAX 6

struct slice;

struct sliced {
	/* Calls the operation on a slice. */
	void (*apply)(const struct slice *slice);
	/* What is cut: each has the rows, or so many times as many; no_tensor stays as it is.
	 * NULL after the last. */
	const struct tensor *tensors[SLICED_MAX];
	/* What every slice gets as it is. */
	const struct tensor *whole;
	double a, b;
	bool flag;
	const struct adamw_step *step;

	/* filled in by the functions below */
	size_t rows, grain, parts;
};

struct slice {
	const struct sliced *call;
	const struct backend_ops *ops; /* on the calling thread */
	size_t part;		       /* number of the slice */
	struct tensor t[SLICED_MAX];   /* slices of call->tensors */
};

/* Runs the operation on slices of `rows` rows, several per thread. */
void slices_run(struct sliced *s, size_t rows);
/* The same, seen as vectors of equal size. */
void slices_run_flat(struct sliced *s);
/* At most one slice per thread, cut only by sizes and the number of threads; returns how many. */
size_t slices_run_few(struct sliced *s, size_t rows);

/* Where slice `part` keeps its sum: apart from the others', or with the calling thread where there
 * is only one. */
struct cpu_scratch *slices_scratch(const struct sliced *s, size_t part);

/* `like` in the memory at `memory`; `buffer` must live as long. */
struct tensor slices_tensor(struct buffer *buffer, const struct tensor *like, void *memory);

#endif
