/* SPDX-License-Identifier: MIT
 *
 * Processes that measure at once.
 */
#ifndef CMD_BENCH_WORKERS_H
#define CMD_BENCH_WORKERS_H

#include <stddef.h>

#include "base/error.h"
#include "sweep/worker_process.h"

/* Calls `each` for every line that one of `list` writes, until all that were started (pid > 0) have
 * ended; pid is 0 then.  `result`: of starting them; where it is an error all are killed, as they
 * are at the first that fails.  Returns it, or ERR_DEVICE with the complaint of that one. */
int bench_workers_end(struct worker_process *list, size_t n, int result,
		      void (*each)(void *context, size_t index, char *line), void *context,
		      struct error *err);

/* Frees the list as well. */
void bench_workers_free(struct worker_process *list, size_t n);

#endif
