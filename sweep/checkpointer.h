/* SPDX-License-Identifier: MIT
 *
 * The checkpoints of one training: when they are written, how many are kept, and from which of them
 * it goes on.
 *
 * A state is copied in memory between two steps and written by a thread beside the training.  Kept
 * are the last two, and those at which other horizons of the trunk begin.
 */
#ifndef SWEEP_CHECKPOINTER_H
#define SWEEP_CHECKPOINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "sweep/archive.h"

/* Everything is borrowed and outlives the checkpointer. */
struct checkpoint_policy {
	const char *folder;    /* see sweep/checkpoint_folder.h */
	const char *key;       /* of the trial */
	const char *trunk_key; /* NULL: it has no trunk */
	int64_t fork;	       /* the last step under the trunk's key; one is written there */
	int64_t every;	       /* steps; 0: by time, for about a hundredth of it */
	const int64_t *forks;  /* further steps of the trunk that are written and stay */
	size_t n_forks;
	const char *machine;  /* what decides bits, beside the program's version */
	struct text *journal; /* goes along: saved with the state, replaced on resume */
	/* Whether the state is worth keeping, asked before each is taken; NULL: it always is. */
	bool (*is_sound)(const void *context);
	const void *context;
};

struct checkpointer;

/* `state` is visited and note(context, text), which tells what a person should know, called by the
 * thread that trains, within the calls below.  Where there is no memory for the copy, a note says
 * so and nothing is ever written. */
struct checkpointer *checkpointer_new(const struct checkpoint_policy *policy,
				      const struct archived *state,
				      void (*note)(void *context, const char *text), void *context);
/* Waits for what is being written; NULL is fine. */
void checkpointer_free(struct checkpointer *c);

/* Restores the newest good checkpoint up to step `most` and returns its step; 0: there is none, and
 * the state is as it was.  Notes say which are not good and why; these are put aside. */
int64_t checkpointer_resume(struct checkpointer *c, int64_t most);

/* The state is now that after `step`: writes it where it is time to. */
void checkpointer_step(struct checkpointer *c, int64_t step);

/* Writes it in any case, unless it is there already, and waits until it is on the disk. */
void checkpointer_stop(struct checkpointer *c, int64_t step);

#endif
