/* SPDX-License-Identifier: MIT
 *
 * Which cores a worker runs on.  Where the workers of a run fill all cores that the process may
 * use, each keeps to its own, so that none is moved from its caches; with fewer, the system
 * chooses, since other runs may be beside this one.
 */
#ifndef BASE_CORES_H
#define BASE_CORES_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

/* Cores that this process may run on; 1 at least. */
int cores_allowed(void);

/* Workers at once that fill them, each with `threads`; 1 at least. */
int cores_jobs(int threads);

/* Of `jobs` at once, as many as there are trials; 1 at least. */
int cores_at_once(int jobs, size_t n_trials);

/* Sets `share` to the cores of worker `slot` of `jobs`, each with `threads`; false: wherever the
 * system likes. */
bool cores_share(int slot, int jobs, int threads, cpu_set_t *share);

#endif
