/* SPDX-License-Identifier: MIT
 *
 * Learning-rate schedules: a factor of the peak for every step.
 */
#ifndef OPTIM_SCHEDULE_H
#define OPTIM_SCHEDULE_H

#include <stdint.h>

#include "base/error.h"
#include "base/key.h"

enum schedule_kind { SCHEDULE_WSD, SCHEDULE_COSINE, SCHEDULE_LINEAR, SCHEDULE_CONSTANT };
enum decay_shape { DECAY_LINEAR, DECAY_COSINE, DECAY_SQRT, DECAY_EXPONENTIAL };

struct schedule_config {
	int kind;	       /* enum schedule_kind */
	double warmup;	       /* fraction of the steps... */
	int64_t warmup_steps;  /* ...or, where above 0, this many steps... */
	int64_t warmup_tokens; /* ...or, where above 0, this many tokens */
	double decay;	       /* WSD: fraction of the steps that decay */
	int decay_shape;       /* enum decay_shape */
	double final_lr_ratio; /* the factor that the schedule runs to; `constant` keeps 1 */
};

/* In the sweep file: train.schedule.NAME.  The sweep reader maps `warmup: {tokens: n}` and
 * `warmup: {steps: n}` to warmup_tokens and warmup_steps. */
extern const struct key schedule_keys[];
extern const size_t n_schedule_keys;

/* A schedule resolved for one trial. */
struct schedule {
	enum schedule_kind kind;
	enum decay_shape decay_shape;
	int64_t steps, warmup_steps, decay_steps;
	double final_lr_ratio;
};

/* Refuses warm-up given as tokens and as steps at once, a warm-up that leaves no step after it,
 * and (WSD) warm-up and decay that are longer than the trial together.  ERR_USAGE. */
int schedule_check(const struct schedule_config *config, int64_t steps, double batch_tokens,
		   struct error *err);

/* Fractions are rounded to the nearest step (halves up), warm-up tokens up to whole steps.  Where
 * both roundings together exceed the trial, the decay is the shorter by it.  Only `decay_steps`
 * depends on `steps` if warm-up is absolute, so that horizons share a trunk. */
struct schedule schedule_resolve(const struct schedule_config *config, int64_t steps,
				 double batch_tokens);

/* The factor for step s = 0 .. steps-1.  Warm-up (s+1)/warmup_steps; then by kind with progress
 * x = (s - first) / (steps - first), so that x = 1 would be the step after the last:
 *   cosine       r + (1-r) (1 + cos(pi x)) / 2
 *   linear       1 - (1-r) x
 *   wsd          1 until the last decay_steps, then by shape: linear 1 - (1-r) x; cosine as above;
 *                sqrt 1 - (1-r) sqrt(x); exponential max(r, 0.01)^x
 * with r = final_lr_ratio. */
double schedule_factor(const struct schedule *schedule, int64_t s);

#endif
