/* SPDX-License-Identifier: MIT
 *
 * A child process with two pipes: its events (stdout) and its complaints (stderr).
 */
#ifndef SWEEP_WORKER_PROCESS_H
#define SWEEP_WORKER_PROCESS_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"

struct worker_process {
	pid_t pid;
	int status;		/* as of waitpid, once it has ended */
	int events, errors;	/* file descriptors, -1 when closed */
	double closed_s;	/* clock_s() when it was seen to have closed its events */
	bool killed;		/* for living on after that */
	struct text line;	/* an event that is not complete yet */
	struct text complaints; /* the last of what it said on stderr */
	bool skipping;		/* the rest of a line that is too long */
	bool pinned;		/* keeps to `cores`, from the next start on */
	cpu_set_t cores;
};

/* A text that workers read on their standard input, each from its beginning. */
struct worker_input {
	int fd; /* -1: none */
	char path[32];
};

/* `text` NULL: nothing to read.  ERR_IO; to be closed all the same. */
int worker_input_open(struct worker_input *input, const char *text, struct error *err);
void worker_input_close(struct worker_input *input);

/* Starts argv with `more` appended; both end with NULL.  The child dies with the parent, ignores
 * SIGINT and SIGHUP (the parent decides).  ERR_IO where the system gives no process or pipe. */
int worker_process_start(struct worker_process *p, const char *const *argv, const char *const *more,
			 const struct worker_input *input, struct error *err);

/* Reads what is there, up to a bound; calls `each` for every whole line of events (cut where it is
 * longer than any event).  Does not wait.  False once the process has ended, whoever else still
 * holds its pipes, and all it wrote was read.  One that closes its events and lives on is
 * killed. */
bool worker_process_read(struct worker_process *p, void (*each)(void *context, char *line),
			 void *context);

/* After that: closes the pipes and says how it ended: "" for exit status 0, else "exit status 1"
 * or "killed by signal 9 (Killed)", with its last complaint after a colon; or, where that is an
 * error that the program told before it ended, the error alone. */
void worker_process_finish(struct worker_process *p, struct text *how);

/* Appends the last of its complaints, whole lines of readable text. */
void worker_process_last_words(const struct worker_process *p, struct text *words);

void worker_process_release(struct worker_process *p);

#endif
