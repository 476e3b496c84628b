/* SPDX-License-Identifier: MIT
 *
 * How a worker tells its parent what it measures: one line of text per event on a pipe, numbers
 * as %.17g, fields separated by tabs.
 *
 *     evaluation  FINAL  numbers in the order of EVALUATION_NUMBERS
 *     telemetry   STEP LAYER ROLE METRIC VALUE
 *     bucket      SLICE BUCKET NATS TOKENS
 *     progress    STEP STEPS LOSS TOKENS_PER_SECOND GFLOPS EVALUATING
 *     end         STATE REASON
 */
#ifndef SWEEP_EVENTS_H
#define SWEEP_EVENTS_H

#include <stdio.h>

#include "sweep/training.h"

/* A sink that writes events to `file`; each line is flushed, so that nothing is lost with the
 * process.  `stop` of the sink is left for the caller to set. */
struct training_sink event_writer(FILE *file);

/* The last event of a worker. */
void event_write_end(FILE *file, enum trial_state state, const char *reason);

struct event_reader {
	struct training_sink sink; /* receives the rows */
	void (*end)(void *context, enum trial_state state, const char *reason);
};

/* Reads one line (without its newline; it is cut up).  Hands on only what a store takes: whole
 * steps, buckets and slices that exist, finite sums, states in which a trial ends; all else is
 * ERR_DATA. */
int event_read(char *line, const struct event_reader *reader, struct error *err);

#endif
