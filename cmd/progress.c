/* SPDX-License-Identifier: MIT */
#include "cmd/progress.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cmd/progress_line.h"

#define REDRAW_S     0.2
#define TELL_EVERY_S 60.0

static struct progress *shown; /* for the log's hooks: there is one console */

static void draw_trials(struct progress *p, const struct progress_columns *columns)
{
	size_t hidden = 0;
	struct text line = {0};

	for (size_t i = 0; i < p->n_slots && i < p->outlook->n_slots; i++) {
		if (!p->slots[i].job)
			continue;
		if (screen_room(&p->screen) <= 2) {
			hidden++;
			continue;
		}
		text_clear(&line);
		progress_add_trial(&line, columns, &p->slots[i], &p->outlook->slots[i]);
		screen_line(&p->screen, &line);
	}
	if (hidden > 0) {
		text_clear(&line);
		text_printf(&line, "and %zu more", hidden);
		screen_line(&p->screen, &line);
	}
	text_release(&line);
}

/* Columns only ever grow. */
static void widen(struct progress *p)
{
	char steps[SHORT_TEXT];

	for (size_t i = 0; i < p->n_slots; i++) {
		const struct pool_slot *slot = &p->slots[i];
		size_t width = slot->job ? strlen(slot->job->title) : 0, digits;

		digits = (size_t)snprintf(steps, sizeof(steps), "%lld",
					  (long long)slot->progress.steps);
		if (width > p->title_width)
			p->title_width = width;
		if (slot->job && digits > p->step_digits)
			p->step_digits = digits;
	}
}

static void draw(struct progress *p)
{
	struct progress_columns columns;
	struct text line = {0};

	widen(p);
	screen_begin(&p->screen);
	columns = progress_columns((size_t)p->screen.columns, p->title_width, p->step_digits);
	draw_trials(p, &columns);
	progress_add_sweep(&line, &columns, p->outlook);
	screen_line(&p->screen, &line);
	screen_draw(&p->screen);
	text_release(&line);
	p->drawn_s = clock_s();
}

static void before_log(void)
{
	if (shown && shown->slots)
		screen_set_aside(&shown->screen);
}

static void after_log(void)
{
	if (shown && shown->slots)
		draw(shown);
}

void progress_start(struct progress *p, const struct outlook *outlook, bool block)
{
	double now = clock_s();

	*p = (struct progress){.outlook = outlook, .told_s = now, .tell_every_s = TELL_EVERY_S};
	p->terminal = block && log_level() >= LOG_INFO && screen_fits(stderr);
	if (!p->terminal)
		return;
	screen_start(&p->screen, stderr);
	shown = p;
	log_set_hooks(before_log, after_log);
}

void progress_end(struct progress *p)
{
	log_set_hooks(NULL, NULL);
	shown = NULL;
	if (p->terminal)
		screen_end(&p->screen);
}

static void tell(struct progress *p)
{
	const struct outlook *o = p->outlook;
	char left[SHORT_TEXT];

	p->told_s = clock_s();
	log_info("%zu/%zu trials, %.0f %%, %zu running, %s left", o->n_ended, outlook_jobs(o),
		 100 * o->share, o->n_running, format_duration(left, o->left_s));
}

void progress_tick(struct progress *p, const struct pool_slot *slots, size_t n_slots)
{
	double now = clock_s();

	p->slots = slots;
	p->n_slots = n_slots;
	if (p->terminal && now - p->drawn_s >= REDRAW_S)
		draw(p);
	else if (!p->terminal && now - p->told_s >= p->tell_every_s)
		tell(p);
}

void progress_ended(struct progress *p, const struct pool_job *job, const struct pool_end *end)
{
	const struct outlook *o = p->outlook;
	const struct evaluation_row *last = end->last;
	char took[SHORT_TEXT], left[SHORT_TEXT];

	p->told_s = clock_s();
	format_duration(took, last->seconds + last->seconds_eval);
	format_duration(left, o->left_s);
	if (end->state == TRIAL_done)
		log_info("%3zu/%zu %-36s loss %.4f  bpb %.3f  %s  (%s left)", o->n_ended,
			 outlook_jobs(o), job->title, last->val_loss, last->val_bpb, took, left);
	else
		log_info("%3zu/%zu %s %s: %s", o->n_ended, outlook_jobs(o), job->title,
			 trial_state_name(end->state), end->reason);
}

void progress_resumed(struct progress *p, const struct pool_job *job, int64_t step)
{
	if (!p->terminal)
		log_info("        %-36s goes on from step %lld", job->title, (long long)step);
}
