/* SPDX-License-Identifier: MIT
 *
 * The console of a running sweep: on a terminal a block of lines that is drawn in place, one per
 * running trial and one for the sweep; elsewhere one line per ended trial, and a sign of life.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "cmd/outlook.h"
#include "cmd/screen.h"

struct progress {
	const struct outlook *outlook;
	struct screen screen;
	bool terminal;
	double drawn_s;
	double told_s, tell_every_s; /* signs of life */
	size_t title_width, step_digits;
	const struct pool_slot *slots;
	size_t n_slots;
};

/* `block` false: plain lines, also on a terminal.  `outlook` must outlive it. */
void progress_start(struct progress *progress, const struct outlook *outlook, bool block);
void progress_end(struct progress *progress);

/* After the outlook was told the same. */
void progress_tick(struct progress *progress, const struct pool_slot *slots, size_t n_slots);
void progress_ended(struct progress *progress, const struct pool_job *job,
		    const struct pool_end *end);
/* Its trial goes on from a step. */
void progress_resumed(struct progress *progress, const struct pool_job *job, int64_t step);

#endif
