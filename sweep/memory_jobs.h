/* SPDX-License-Identifier: MIT
 *
 * How many trials at once the memory of a machine holds.
 */
#ifndef SWEEP_MEMORY_JOBS_H
#define SWEEP_MEMORY_JOBS_H

#include <stddef.h>

struct sweep;

/* The bytes that `jobs` trials at once may need, with so many threads each: the largest of the
 * sweep at their peaks. */
size_t memory_of_jobs(const struct sweep *sweep, int jobs, int threads);

/* Of `jobs`, as many as fit into so many bytes; 1 at least. */
int memory_jobs(const struct sweep *sweep, int jobs, int threads, size_t available);

#endif
