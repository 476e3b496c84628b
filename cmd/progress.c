/* SPDX-License-Identifier: MIT */
#include "cmd/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define REDRAW_S  0.2
#define BAR_CELLS 10

static struct progress *shown; /* for the log's hooks: there is one console */

static struct winsize window(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 20 || size.ws_row < 4)
		return (struct winsize){.ws_row = 24, .ws_col = 80};
	return size;
}

static void erase(struct progress *p)
{
	for (; p->lines > 0; p->lines--)
		fputs("\033[1A\033[2K", stderr);
}

/* One line, cut to the width of the terminal so that it never wraps. */
static void draw_line(struct progress *p, const struct text *line)
{
	fprintf(stderr, "%.*s\n", window().ws_col - 1, text_string(line));
	p->lines++;
}

static void add_bar(struct text *line, double share)
{
	int filled = (int)(fmin(fmax(share, 0), 1) * BAR_CELLS);

	text_add_char(line, '[');
	for (int i = 0; i < BAR_CELLS; i++)
		text_add_char(line, i < filled ? '=' : ' ');
	text_add_char(line, ']');
}

static double slot_share(const struct pool_slot *slot)
{
	if (!slot->job || slot->progress.steps == 0)
		return 0;
	return (double)slot->progress.step / (double)slot->progress.steps;
}

static double cost_done(const struct progress *p)
{
	double done = p->cost_done;

	for (size_t i = 0; i < p->n_slots; i++)
		if (p->slots[i].job)
			done += p->slots[i].job->cost * slot_share(&p->slots[i]);
	return done;
}

static void draw_slot(struct progress *p, const struct pool_slot *slot)
{
	const struct training_progress *now = &slot->progress;
	char rate[SHORT_TEXT], left[SHORT_TEXT];
	double share = slot_share(slot), elapsed = clock_s() - slot->started_s;
	struct text line = {0};

	add_bar(&line, share);
	text_printf(&line, " %-32.32s %lld/%lld", slot->job->title, (long long)now->step,
		    (long long)now->steps);
	if (now->evaluating)
		text_add(&line, "  evaluating");
	else if (now->tokens_per_second > 0)
		text_printf(&line, "  loss %.3f  %s left  %s tok/s  %.0f GFLOP/s", now->loss,
			    format_duration(left, share > 0 ? elapsed * (1 - share) / share : -1),
			    format_si(rate, now->tokens_per_second), now->gflops);
	draw_line(p, &line);
	text_release(&line);
}

/* By the pace so far. */
static double time_left(const struct progress *p, double done)
{
	double elapsed = clock_s() - p->started_s;

	return done > 0 ? elapsed * (p->cost_total - done) / done : -1;
}

static void draw_sweep(struct progress *p)
{
	double done = cost_done(p), share = p->cost_total > 0 ? done / p->cost_total : 0;
	char left[SHORT_TEXT];
	struct text line = {0};

	add_bar(&line, share);
	text_printf(&line, " sweep %zu/%zu trials  %.0f %%  %s left", p->n_ended, p->n_jobs,
		    100 * share, format_duration(left, share > 0.005 ? time_left(p, done) : -1));
	draw_line(p, &line);
	text_release(&line);
}

static void draw_hidden(struct progress *p, size_t n)
{
	struct text line = {0};

	text_printf(&line, "and %zu more", n);
	draw_line(p, &line);
	text_release(&line);
}

/* Never more lines than the terminal has: what has scrolled away cannot be erased. */
static void draw(struct progress *p)
{
	size_t room = window().ws_row - 3U, hidden = 0;

	for (size_t i = 0; i < p->n_slots; i++)
		if (p->slots[i].job && p->lines < room)
			draw_slot(p, &p->slots[i]);
		else if (p->slots[i].job)
			hidden++;
	if (hidden > 0)
		draw_hidden(p, hidden);
	draw_sweep(p);
	fflush(stderr);
	p->drawn_s = clock_s();
}

static void step_aside(void)
{
	if (shown)
		erase(shown);
}

void progress_start(struct progress *p, const struct pool_job *jobs, size_t n)
{
	const char *term = getenv("TERM");

	*p = (struct progress){.n_jobs = n, .started_s = clock_s()};
	p->terminal = isatty(STDERR_FILENO) && log_level() >= LOG_INFO &&
		      !(term && strcmp(term, "dumb") == 0);
	for (size_t i = 0; i < n; i++)
		p->cost_total += jobs[i].cost;
	if (p->terminal) {
		shown = p;
		log_set_hooks(step_aside, NULL);
	}
}

void progress_end(struct progress *p)
{
	if (p->terminal)
		erase(p);
	log_set_hooks(NULL, NULL);
	shown = NULL;
}

void progress_tick(void *context, const struct pool_slot *slots, size_t n_slots,
		   const struct pool_counts *counts)
{
	struct progress *p = context;

	p->slots = slots;
	p->n_slots = n_slots;
	p->cost_done = counts->cost_done;
	if (!p->terminal || clock_s() - p->drawn_s < REDRAW_S)
		return;
	erase(p);
	draw(p);
}

void progress_ended(void *context, const struct pool_job *job, const struct pool_end *end)
{
	struct progress *p = context;
	const struct evaluation_row *last = end->last;
	char took[SHORT_TEXT], left[SHORT_TEXT];

	p->cost_done += job->cost;
	p->n_ended++;
	format_duration(took, last->seconds + last->seconds_eval);
	format_duration(left, time_left(p, p->cost_done));
	if (end->state == TRIAL_done)
		log_info("%3zu/%zu %-36s loss %.4f  bpb %.3f  %s  (%s left)", p->n_ended, p->n_jobs,
			 job->title, last->val_loss, last->val_bpb, took, left);
	else
		log_info("%3zu/%zu %-36s %s: %s", p->n_ended, p->n_jobs, job->title,
			 trial_state_name(end->state), end->reason);
}
