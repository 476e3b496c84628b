/* SPDX-License-Identifier: MIT
 *
 * How long a worker says nothing, and how long it may.
 *
 * A worker tells each step, but a step of a large model, or its final evaluation, takes long.  So
 * the limit follows what is known of the trial: many times the longest silence that it has broken,
 * and more than it was estimated to take in all.
 */
#ifndef SWEEP_SILENCE_H
#define SWEEP_SILENCE_H

#include <stdbool.h>

struct silence {
	double least_s, cost_s;
	double lasts_s;	  /* since the last sign of life */
	double longest_s; /* that ended with one */
};

/* `least_s`: a shorter silence never counts; `cost_s`: seconds that the trial should take. */
void silence_start(struct silence *silence, double least_s, double cost_s);

/* Time has passed and nothing was heard.  Pass the time in which somebody listened, not that of a
 * machine asleep. */
void silence_goes_on(struct silence *silence, double seconds);
void silence_ends(struct silence *silence);

double silence_limit_s(const struct silence *silence);
bool silence_is_too_long(const struct silence *silence);

#endif
