/* SPDX-License-Identifier: MIT */
#include "cmd/fit_progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define SILENT_S 1.0
#define REDRAW_S 0.2

static void draw(void *context, double share)
{
	struct fit_progress *progress = context;
	double now = clock_s(), elapsed = now - progress->started_s;
	char left[SHORT_TEXT];

	if (elapsed < SILENT_S || now - progress->drawn_s < REDRAW_S)
		return;
	progress->drawn_s = now;
	fprintf(stderr, "\r\033[Kbootstrap %3.0f %%, %s left", 100 * share,
		format_duration(left, elapsed * (1 - share) / share));
	fflush(stderr);
}

void fit_progress_start(struct fit_progress *progress, struct fit_options *options)
{
	*progress = (struct fit_progress){
		.started_s = clock_s(),
		.terminal = isatty(STDERR_FILENO) && log_level() >= LOG_INFO,
	};
	if (!progress->terminal)
		return;
	options->progress = draw;
	options->progress_context = progress;
}

void fit_progress_end(struct fit_progress *progress)
{
	if (progress->drawn_s > 0)
		fputs("\r\033[K", stderr);
}
