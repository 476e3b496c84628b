/* SPDX-License-Identifier: MIT */
#include "cmd/json_lines.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define LAGS_BYTES (1 << 20)

void json_lines_start(struct json_lines *stream, bool wanted)
{
	*stream = (struct json_lines){.fd = wanted ? STDOUT_FILENO : -1};
}

static void give_up(struct json_lines *stream)
{
	log_warn("events can no longer be written to standard output: %s; the sweep goes on",
		 strerror(errno));
	stream->fd = -1;
	text_clear(&stream->kept);
}

/* A pipe that is ready takes PIPE_BUF bytes without waiting. */
static bool is_ready(int fd, int wait_ms)
{
	struct pollfd out = {.fd = fd, .events = POLLOUT};

	return poll(&out, 1, wait_ms) > 0;
}

static void write_kept(struct json_lines *stream, int wait_ms)
{
	size_t at = 0;

	while (stream->fd >= 0 && at < stream->kept.length && is_ready(stream->fd, wait_ms)) {
		size_t size = stream->kept.length - at;
		ssize_t written = write(stream->fd, stream->kept.data + at,
					size < PIPE_BUF ? size : PIPE_BUF);

		if (written < 0 && errno != EINTR && errno != EAGAIN)
			give_up(stream);
		at += written > 0 ? (size_t)written : 0;
	}
	if (stream->fd < 0 || at == 0)
		return;
	memmove(stream->kept.data, stream->kept.data + at, stream->kept.length - at + 1);
	stream->kept.length -= at;
}

void json_lines_flush(struct json_lines *stream)
{
	write_kept(stream, 0);
}

bool json_lines_end(struct json_lines *stream, bool wanted)
{
	bool lost;

	write_kept(stream, -1);
	lost = wanted && (stream->fd < 0 || stream->kept.length > 0);
	stream->fd = -1;
	json_release(&stream->line);
	text_release(&stream->kept);
	return !lost;
}

struct json *json_lines_begin(struct json_lines *stream, const char *name, bool may_drop)
{
	if (stream->fd < 0 || (may_drop && stream->kept.length > LAGS_BYTES))
		return NULL;
	text_clear(&stream->line.text);
	stream->line.need_comma = false;
	json_open(&stream->line, NULL, '{');
	json_text(&stream->line, "event", name);
	json_real(&stream->line, "time", wall_clock_s());
	return &stream->line;
}

void json_lines_send(struct json_lines *stream)
{
	json_close(&stream->line, '}');
	text_add(&stream->kept, text_string(&stream->line.text));
	text_add_char(&stream->kept, '\n');
	json_lines_flush(stream);
}
