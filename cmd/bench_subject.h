/* SPDX-License-Identifier: MIT
 *
 * A case, ready to train: the trainer's own step on random tokens.
 */
#ifndef CMD_BENCH_SUBJECT_H
#define CMD_BENCH_SUBJECT_H

#include "cmd/bench_config.h"
#include "sweep/stepper.h"

struct bench_subject {
	struct backend *backend;
	struct step_plan plan;
	struct stepper stepper;
	struct arena arena;
	int32_t *tokens; /* of a step, and one more; every step sees the same */
	double step_s;	 /* what a step takes, about */
};

/* Opens the backend and trains two steps, which touch all memory and set `step_s`.  Not to be moved
 * while it is open.  ERR_DEVICE, ERR_NOMEM, ERR_DIVERGED; to be closed all the
 * same. */
int bench_subject_open(struct bench_subject *s, const struct bench_case *what, struct error *err);

/* One step.  ERR_DEVICE; ERR_DIVERGED where loss or gradient is not finite, since such a step
 * leaves out the update and so looks fast. */
int bench_subject_step(struct bench_subject *s, struct error *err);
int bench_subject_check(const struct bench_subject *s, struct error *err); /* of the last step */

void bench_subject_close(struct bench_subject *s); /* what is zero is fine */

#endif
