/* SPDX-License-Identifier: MIT
 *
 * How a worker tells its parent what it measures: one line of text per event on a pipe, numbers
 * as %.17g, fields separated by tabs.
 *
 *     evaluation  FINAL  numbers in the order of EVALUATION_NUMBERS
 *     telemetry   STEP LAYER ROLE METRIC VALUE
 *     bucket      SLICE BUCKET NATS TOKENS
 *     resumed     STEP
 *     note        TEXT
 *     weights     HASH
 *     progress    STEP STEPS LOSS TOKENS_PER_SECOND GFLOPS EVALUATING
 *     end         STATE REASON
 */
#ifndef SWEEP_EVENTS_H
#define SWEEP_EVENTS_H

#include <stdio.h>

#include "base/text.h"
#include "sweep/training.h"

/* Where events are written; each line is flushed, so that nothing is lost with the process.
 * Evaluations and telemetry go to the journal as well: to be told again where a training goes on
 * from its checkpoint, since the trial may be another or have lost its rows. */
struct event_stream {
	FILE *file;
	struct text journal; /* to be released */
};

/* A sink that writes there.  `stop` of the sink is left for the caller to set. */
struct training_sink event_writer(struct event_stream *stream);

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
