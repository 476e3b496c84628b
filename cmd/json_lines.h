/* SPDX-License-Identifier: MIT
 *
 * Lines of JSON for another program on standard output, which never hold up the sweep: what the
 * reader does not take yet is kept, and a reader that has gone or a full disk is told once.
 */
#ifndef CMD_JSON_LINES_H
#define CMD_JSON_LINES_H

#include <stdbool.h>

#include "base/json.h"

struct json_lines {
	int fd;		  /* standard output; -1: closed, or nobody wants events */
	struct json line; /* the event that is being made */
	struct text kept; /* not written yet */
};

void json_lines_start(struct json_lines *stream, bool wanted);
/* Writes what is kept, waiting for the reader; from then on nothing is written.  False where
 * events were lost. */
bool json_lines_end(struct json_lines *stream, bool wanted);

/* Begins {"event": name, "time": ..; NULL where nobody listens, or `may_drop` and the reader lags
 * far behind.  json_lines_send() ends and sends it. */
struct json *json_lines_begin(struct json_lines *stream, const char *name, bool may_drop);
void json_lines_send(struct json_lines *stream);

/* Writes what the reader takes now. */
void json_lines_flush(struct json_lines *stream);

#endif
