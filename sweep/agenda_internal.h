/* SPDX-License-Identifier: MIT
 *
 * What the files of the agenda share: how each trial stands (agenda_states.c) and which of them is
 * the next job (agenda.c).
 */
#ifndef SWEEP_AGENDA_INTERNAL_H
#define SWEEP_AGENDA_INTERNAL_H

#include "sweep/agenda.h"
#include "sweep/tuning.h"

enum entry_phase {
	ENTRY_UNWANTED, /* not to be trained here, or ended elsewhere */
	ENTRY_WAITING,
	ENTRY_RUNNING,
	ENTRY_ELSEWHERE, /* another process has it */
	ENTRY_ENDED	 /* here */
};

/* One training: a trial, and all trials of other arms that are the same. */
struct agenda_entry {
	struct pool_job job; /* the first member: a job is its entry */
	const struct trial *trial;
	enum trial_state state; /* in the store, when it was looked up last */
	enum entry_phase phase;
};

struct entry_list {
	struct agenda_entry **items;
	size_t n, capacity;
};

struct agenda {
	struct sweep *sweep;
	struct store *store;
	struct tuner *tuner;
	struct agenda_entry **of_trial; /* of each trial of the sweep */
	size_t n_trials, capacity;	/* known here */
	struct entry_list entries;	/* all, in the order of the sweep */
	struct agenda_orders orders;
	int at_once;		   /* trials, for their costs */
	struct entry_list waiting; /* the next last; unless `unsorted` */
	struct entry_list elsewhere;
	bool unsorted;
	size_t n_started; /* jobs offered, those that others had not counted */
	double looked_s;  /* when it was asked how others do */
	int result;	  /* the first error of the source */
	struct error err;
	struct arena arena;
};

void entry_list_add(struct entry_list *list, struct agenda_entry *entry);

/* Makes entries of the trials that were added to the sweep, tells the tuning of those that have
 * ended, and goes on until it adds no more. */
int agenda_extend(struct agenda *agenda, struct error *err);

/* Looks one up in the store; tells the tuning where it has ended. */
int agenda_refresh(struct agenda *agenda, struct agenda_entry *entry, struct error *err);

bool trial_has_ended(enum trial_state state);

#endif
