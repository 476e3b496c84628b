/* SPDX-License-Identifier: MIT
 *
 * A child process with two pipes: its events (stdout) and its complaints (stderr).
 */
#ifndef SWEEP_WORKER_PROCESS_H
#define SWEEP_WORKER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"

struct worker_process {
	pid_t pid;        /* 0: none */
	int events, errors; /* file descriptors, -1 when closed */
	struct text line;   /* an event that is not complete yet */
	struct text complaints; /* the last of what it said on stderr */
};

/* Starts argv with `last` appended.  The child dies with the parent, ignores SIGINT (the parent
 * decides), and has no standard input.  ERR_IO. */
int worker_process_start(struct worker_process *p, const char *const *argv, const char *last,
			 struct error *err);

/* Reads what is there; calls `each` for every whole line of events.  False at end of both. */
bool worker_process_read(struct worker_process *p, void (*each)(void *context, char *line),
			 void *context);

/* Waits for its end and says how it ended: "" for exit status 0, else "exit status 1: ..." or
 * "killed by signal 9 (Killed)" with its last complaint. */
void worker_process_reap(struct worker_process *p, struct text *how);

#endif
