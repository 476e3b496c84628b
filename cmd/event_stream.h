/* SPDX-License-Identifier: MIT
 *
 * Lines of JSON for another program on standard output, which never hold up the sweep: what the
 * reader does not take yet is kept, and a reader that has gone or a full disk is told once.
 */
#ifndef CMD_EVENT_STREAM_H
#define CMD_EVENT_STREAM_H

#include <stdbool.h>

#include "base/json.h"

struct event_stream {
	int fd;		  /* standard output; -1: closed, or nobody wants events */
	struct json line; /* the event that is being made */
	struct text kept; /* not written yet */
};

void event_stream_start(struct event_stream *stream, bool wanted);
/* Writes what is kept, waiting for the reader; from then on nothing is written.  False where
 * events were lost. */
bool event_stream_end(struct event_stream *stream, bool wanted);

/* Begins {"event": name, "time": ..; NULL where nobody listens, or `may_drop` and the reader lags
 * far behind.  event_stream_send() ends and sends it. */
struct json *event_stream_begin(struct event_stream *stream, const char *name, bool may_drop);
void event_stream_send(struct event_stream *stream);

/* Writes what the reader takes now. */
void event_stream_flush(struct event_stream *stream);

#endif
