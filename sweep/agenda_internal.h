/* SPDX-License-Identifier: MIT
 *
 * What the files of the agenda share: how each trial stands (agenda_states.c), what trials of one
 * trunk wait for (agenda_trunks.c) and leave for others (agenda_forks.c), what is left of it
 * (agenda_tidy.c), and which of all is the next job (agenda.c).
 */
#ifndef SWEEP_AGENDA_INTERNAL_H
#define SWEEP_AGENDA_INTERNAL_H

#include "sweep/agenda.h"

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
	size_t rank;		 /* among those that wait, for agenda_each_waiting() */
	struct cost_parts times; /* of one of each part */
	double priority;	 /* seconds to the end of what hangs on it */
	int64_t own_step;	 /* of its own newest checkpoint; 0: none */
	int64_t from;		 /* the step that it starts after, or will */
	/* of a trial with a trunk */
	struct agenda_trunk *trunk;  /* NULL: has none */
	int64_t fork;		     /* the last step that it shares */
	struct agenda_entry *awaits; /* who brings the trunk to its fork; NULL: nobody */
	int64_t *forks;		     /* where it leaves checkpoints for others, or keeps them */
	size_t n_forks;
};

struct entry_list {
	struct agenda_entry **items;
	size_t n, capacity;
};

/* Trials that differ in their horizons alone. */
struct agenda_trunk {
	const char *key;
	struct entry_list members; /* as they come to carry it, see compare_carriers() */
	int64_t *have;		   /* steps of its checkpoints */
	size_t n_have, have_capacity;
	size_t n_waiting; /* for a carrier */
	bool is_touched;  /* to be gone through once more */
};

struct agenda {
	struct sweep *sweep;
	struct store *store;
	struct tuner *tuner;
	struct agenda_entry **of_trial; /* of each trial of the sweep */
	size_t n_trials, capacity;	/* known here */
	struct entry_list entries;	/* all, in the order of the sweep */
	struct agenda_orders orders;
	int at_once;		      /* trials, for their costs */
	struct agenda_trunk **trunks; /* by key */
	size_t n_trunks, trunk_capacity;
	double watched_s, watch_interval_s; /* when their checkpoints were looked for last */
	struct entry_list waiting;	    /* the next last; unless `unsorted` */
	struct entry_list elsewhere;
	bool unsorted;
	size_t n_started;		  /* jobs offered, those that others had not counted */
	double looked_s, look_interval_s; /* when it was asked how others do */
	int result;			  /* the first error of the source */
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

/* Seconds of a trial that goes on after a step. */
double agenda_seconds_from(const struct agenda_entry *entry, int64_t step);

/* Brings what waits into its order. */
void agenda_sort(struct agenda *agenda);

/* Makes trunks of the entries from the n-th on. */
void agenda_join_trunks(struct agenda *agenda, size_t from);

struct agenda_trunk *agenda_find_trunk(const struct agenda *agenda, const char *key); /* or NULL */

/* Finds out where a waiting trial would start and what it waits for, and so do the others of its
 * trunk; to be called again when anything about them has changed. */
void agenda_place(struct agenda *agenda, struct agenda_entry *entry);
void agenda_place_trunk(struct agenda *agenda, struct agenda_trunk *trunk);

/* The same for all that wait, from the n-th on. */
void agenda_place_waiting(struct agenda *agenda, size_t from);

/* Sees, now and then, whether running carriers have come to a fork. */
void agenda_watch_trunks(struct agenda *agenda);

/* Whether a trial that fits into so much time, or the tuning, which may ask for one, waits for a
 * trial that another process trains. */
bool agenda_waits_for_others(const struct agenda *agenda, double room_s);

/* Lets a trial carry the trunk to its own fork, where there is no time for the one that it waits
 * for; false: it does not fit either, or that one runs. */
bool agenda_start_alone(struct agenda_entry *entry, double room_s);

/* Sets `forks` of a trial that is about to start: also those behind it, whose checkpoints others
 * may start from yet. */
void agenda_promise_forks(struct agenda *agenda, struct agenda_entry *carrier);

/* Removes a trunk's checkpoints where nobody will start from them. */
void agenda_tidy_trunk(struct agenda *agenda, struct agenda_trunk *trunk);

void agenda_release_trunks(struct agenda *agenda);

#endif
