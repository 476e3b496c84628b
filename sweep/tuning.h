/* SPDX-License-Identifier: MIT
 *
 * Tuning that looks at results: which settings of the tuned keys come next.
 *
 * A tuner is a deterministic function of the sweep and of how its trials ended, in whatever order
 * it was told, so that a sweep which goes on after an interruption asks for the same trials again
 * and finds them done.  The rule is the same for all arms (docs/tuning.md).
 */
#ifndef SWEEP_TUNING_H
#define SWEEP_TUNING_H

#include "sweep/sweep.h"

struct tuner;

/* The tuner of a sweep, which must outlive it.  ERR_USAGE. */
int tuner_new(struct tuner **tuner, struct sweep *sweep, struct error *err);
void tuner_free(struct tuner *tuner); /* NULL is fine */

/* How a trial of the sweep stands; `loss` is its final held-out loss, NAN where it has none.  May
 * be told again, and of trials that no tuning asks about. */
void tuner_tell(struct tuner *tuner, const struct trial *trial, enum trial_state state,
		double loss);

/* Decides what can be decided by now, and adds the trials that are wanted next to the sweep, with
 * their origin.  Returns how many were added, or a negative error.  To be called until it adds
 * none, with the state of what was added told in between.  Says on stderr, once, what is odd about
 * a result, such as an optimum on an edge. */
int tuner_advance(struct tuner *tuner, struct error *err);

/* What tuning may still ask for. */
struct tuner_waiting {
	size_t groups; /* not decided yet */
	size_t trials; /* at most about so many */
};

struct tuner_waiting tuner_waiting(const struct tuner *tuner);

/* Adds lines for people: what is still open ("muon: 12 further trials wait for the tuning of
 * adamw"); and what was found ("muon 64x2: lr=0.02, best of 7 settings, loss 1.234"). */
void tuner_describe_waiting(const struct tuner *tuner, struct text *lines);
void tuner_describe_results(const struct tuner *tuner, struct text *lines);

/* The number, from 1, of the group in which a cell is tuned, which trials of it that are yet to be
 * asked for depend on; an heir is in the group of its donor.  0: in none. */
size_t tuner_group_of(const struct tuner *tuner, size_t cell);
size_t tuner_n_groups(const struct tuner *tuner);

/* Whether it may yet ask for a trial that shares a trunk with this one: the same values at another
 * budget or a further rung.  Quick, and true now and then where it will not. */
bool tuner_may_branch(const struct tuner *tuner, const struct trial *trial);

/* Calls `each` for every such trial, which is not there after the call.  Nothing says that it will
 * ask for any of them. */
void tuner_each_branch(const struct tuner *tuner, const struct trial *trial,
		       void (*each)(void *context, const struct trial *branch), void *context);

/* Whether it waits for the end of this trial, and might ask for others then. */
bool tuner_waits_for(const struct tuner *tuner, const struct trial *trial);

#endif
