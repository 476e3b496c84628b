/* SPDX-License-Identifier: MIT
 *
 * Tuning that looks at results: which settings of the tuned keys come next.
 *
 * A tuner is a deterministic function of the sweep and of how its trials ended, so that a sweep
 * which goes on after an interruption asks for the same trials again and finds them done.
 */
#ifndef SWEEP_TUNING_H
#define SWEEP_TUNING_H

#include "sweep/sweep.h"

struct tuner;

/* The tuner of a sweep, which must outlive it.  ERR_USAGE. */
int tuner_new(struct tuner **tuner, struct sweep *sweep, struct error *err);
void tuner_free(struct tuner *tuner); /* NULL is fine */

/* How a trial of the sweep stands; `loss` is its final held-out loss, NAN where it has none. */
void tuner_tell(struct tuner *tuner, const struct trial *trial, enum trial_state state,
		double loss);

/* Decides what can be decided by now, and adds the trials that are wanted next to the sweep.
 * Returns how many were added, or a negative error.  To be called until it adds none, with the
 * state of what was added told in between. */
int tuner_advance(struct tuner *tuner, struct error *err);

/* Whether it may yet ask for a longer training of the same trunk. */
bool tuner_may_prolong(const struct tuner *tuner, const struct trial *trial);

#endif
