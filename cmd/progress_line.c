/* SPDX-License-Identifier: MIT
 *
 * [====>     ] muon 64x2 lr=0.02      120/4000   5.1234   12.3k tok/s     12:34 left
 */
#include "cmd/progress_line.h"

#include <math.h>
#include <stdio.h>

#include "cmd/screen.h"

#define LOSS_WIDTH  8
#define RATE_WIDTH  14
#define LEFT_WIDTH  15 /* "  3 d 04 h left" */
#define NARROW	    72 /* no room for the rate */
#define WIDE	    100
#define LEAST_TITLE 8
#define DAY_S	    86400.0

struct progress_columns progress_columns(size_t terminal, size_t longest_title, size_t step_digits)
{
	struct progress_columns c = {
		.bar = terminal < WIDE ? 6 : 12,
		.steps = 2 * step_digits + 1,
		.rate = terminal >= NARROW,
	};
	size_t others = c.bar + 2 + 2 + c.steps + LOSS_WIDTH + (c.rate ? RATE_WIDTH : 0) +
			LEFT_WIDTH + 2,
	       room = terminal > others ? terminal - others : 0;

	c.title = longest_title < room ? longest_title : room;
	if (c.title < LEAST_TITLE)
		c.title = LEAST_TITLE;
	return c;
}

static void add_bar(struct text *line, size_t cells, double share)
{
	size_t filled = (size_t)(fmin(fmax(share, 0), 1) * (double)cells);

	text_add_char(line, '[');
	for (size_t i = 0; i < cells; i++)
		text_add_char(line, i < filled ? '=' : i == filled && share > 0 ? '>' : ' ');
	text_add(line, "] ");
}

char *format_countdown(char buffer[SHORT_TEXT], double seconds)
{
	long s = isfinite(seconds) && seconds < 1e9 ? lround(fmax(seconds, 0)) : 0;

	if (!(seconds >= 0) || seconds >= 1e9)
		snprintf(buffer, SHORT_TEXT, "--:--");
	else if (seconds >= DAY_S)
		snprintf(buffer, SHORT_TEXT, "%ld d %02ld h", s / 86400, s / 3600 % 24);
	else if (s >= 3600)
		snprintf(buffer, SHORT_TEXT, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(buffer, SHORT_TEXT, "%ld:%02ld", s / 60, s % 60);
	return buffer;
}

static void add_left(struct text *line, double seconds)
{
	char left[SHORT_TEXT];

	text_printf(line, "  %8s left", format_countdown(left, seconds));
}

/* Loss and speed, or what it does instead. */
static void add_measures(struct text *line, const struct progress_columns *c,
			 const struct pool_slot *slot)
{
	const struct training_progress *now = &slot->progress;
	char rate[SHORT_TEXT];

	if (now->steps == 0) {
		text_add_cell(line, slot->resumed ? " resumed" : " started",
			      LOSS_WIDTH + (c->rate ? RATE_WIDTH : 0));
		return;
	}
	text_printf(line, " %7.4f", now->loss);
	if (!c->rate)
		return;
	if (now->evaluating)
		text_printf(line, "  %*s", RATE_WIDTH - 2, "evaluating");
	else
		text_printf(line, "  %6s tok/s", format_si(rate, now->tokens_per_second));
}

void progress_add_trial(struct text *line, const struct progress_columns *c,
			const struct pool_slot *slot, const struct outlook_slot *outlook)
{
	const struct training_progress *now = &slot->progress;
	char steps[2 * SHORT_TEXT];

	add_bar(line, c->bar, outlook->share);
	text_add_cell(line, slot->job->title, c->title);
	snprintf(steps, sizeof(steps), "%lld/%lld",
		 (long long)(now->step > slot->resumed ? now->step : slot->resumed),
		 (long long)now->steps);
	text_printf(line, "  %*s", (int)c->steps, now->steps ? steps : "");
	add_measures(line, c, slot);
	add_left(line, outlook->left_s);
}

void progress_add_sweep(struct text *line, const struct progress_columns *c,
			const struct outlook *o)
{
	size_t width = c->title + 2 + c->steps + LOSS_WIDTH + (c->rate ? RATE_WIDTH : 0);
	char done[SHORT_TEXT], total[SHORT_TEXT];
	struct text words = {0};

	add_bar(line, c->bar, o->share);
	text_printf(&words, "sweep %zu/%zu  %3.0f %%  %s of %s FLOPs", o->n_ended, outlook_jobs(o),
		    100 * o->share, format_si(done, o->flops_done),
		    format_si(total, o->flops_total));
	if (words.length > width) { /* rather no unit than a part of it */
		text_clear(&words);
		text_printf(&words, "sweep %zu/%zu  %3.0f %%  %s of %s", o->n_ended,
			    outlook_jobs(o), 100 * o->share, done, total);
	}
	text_add_cell(line, words.data, width);
	text_release(&words);
	add_left(line, o->share > 0 ? o->left_s : -1);
}
