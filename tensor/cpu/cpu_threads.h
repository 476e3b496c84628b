/* SPDX-License-Identifier: MIT
 *
 * The threads of a backend.  An operation is cut into numbered parts, which threads take as they
 * come; what a part computes must depend on its number alone, so that the result has the same bits
 * whoever takes it.  A thread without work spins for a moment, so that the next operation finds it
 * awake, and then sleeps; where there are more threads than cores it sleeps at once.
 */
#ifndef TENSOR_CPU_CPU_THREADS_H
#define TENSOR_CPU_CPU_THREADS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct cpu_threads;

/* Starts n - 1 threads beside the caller's, n >= 2.  Each calls `prepare` (or NULL) first, one
 * after the other.  ERR_DEVICE where the system gives no more threads. */
int cpu_threads_start(struct cpu_threads **threads, int n, void (*prepare)(void),
		      struct error *err);
void cpu_threads_stop(struct cpu_threads *threads); /* NULL is fine */

/* Calls part(context, i) once for each i < n and returns when all are done.  Only the thread that
 * started the others may call it; from within a part, the parts run on the calling thread.
 * Neighbours tend to be taken by the same thread, and the same numbers by the same thread in the
 * next call. */
void cpu_threads_run(struct cpu_threads *threads, size_t n, void (*part)(void *context, size_t i),
		     void *context);

/* Whether the caller is within a part, where there are no other threads to be had. */
bool cpu_threads_inside(void);

/* 0 in the thread that started the others, 1.. in those. */
int cpu_thread_index(void);

/* Where share i of n things in `shares` begins: multiples of `grain`, and n itself at the end. */
size_t cpu_share(size_t n, size_t shares, size_t i, size_t grain);

#endif
