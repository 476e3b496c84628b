/* SPDX-License-Identifier: MIT
 *
 * How long a worker says nothing, and how long it may.
 *
 * A worker tells each step and, several times a second, that it evaluates; but a step of a large
 * model takes long.  So the limit, where none is given, follows what is known of the trial: five
 * minutes, many times the longest silence that it has broken, and more than it was estimated to
 * take in all, whichever is most.
 */
#ifndef SWEEP_SILENCE_H
#define SWEEP_SILENCE_H

#include <stdbool.h>

struct silence {
	double given_s, cost_s;
	double lasts_s;	  /* since the last sign of life */
	double longest_s; /* that ended with one */
};

/* `given_s`: the limit, HUGE_VAL for none; 0: what is known decides.  `cost_s`: seconds that the
 * trial should take. */
void silence_start(struct silence *silence, double given_s, double cost_s);

/* Time has passed and nothing was heard.  Pass the time in which somebody listened, not that of a
 * machine asleep. */
void silence_goes_on(struct silence *silence, double seconds);
void silence_ends(struct silence *silence);

double silence_limit_s(const struct silence *silence);
bool silence_is_too_long(const struct silence *silence);

#endif
