/* SPDX-License-Identifier: MIT
 *
 * One training step: tokens, forward and backward by micro-batches, clipping, schedule, update.
 * The trainer records around it; the benchmark times the very same.
 */
#ifndef SWEEP_STEPPER_H
#define SWEEP_STEPPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "models/model.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "sweep/archive.h"
#include "sweep/evaluate.h"

/* What a step does. */
struct step_plan {
	struct model_config model; /* resolved */
	const struct optimizer_type *optimizer;
	const void *optimizer_options;
	struct schedule schedule;
	int64_t batch_tokens;	    /* per optimizer step */
	int64_t micro_batch_tokens; /* computed at a time; divides batch_tokens */
	double grad_clip;	    /* largest gradient norm; 0: no clipping */
	uint64_t init_seed;
};

/* Where tokens come from: fills inputs and targets, (n, length) each, with the windows
 * first .. first + n - 1 of an endless stream. */
struct token_source {
	void (*fill)(const void *context, uint64_t first, size_t n, size_t length, int32_t *inputs,
		     int32_t *targets);
	const void *context;
};

/* s, of all steps so far; `other` is tokens, losses and clearing of gradients. */
struct step_seconds {
	double forward, backward, optimizer, other;
};

struct stepper {
	const struct step_plan *plan;
	struct token_source source;
	struct backend *backend;
	struct model *model;
	struct optimizer *optimizer;
	struct windows windows; /* of a micro-batch; free for evaluation between steps */
	int64_t step;		/* updates done */
	struct step_seconds seconds;
	/* of the last step */
	double loss; /* mean over the batch, nats */
	double gradient_norm, gradient_scale, lr_factor;
};

/* Takes all memory and draws the initial weights.  Plan, source and backend must outlive the
 * stepper.  ERR_NOMEM; to be released all the same. */
int stepper_init(struct stepper *s, const struct step_plan *plan, struct token_source source,
		 struct backend *backend, struct error *err);
void stepper_release(struct stepper *s); /* what is zero is fine */

/* All that one step leaves to the next.  Tokens and rates are functions of the step, and weights
 * are drawn once: there is no generator whose state would belong to it. */
void stepper_archive(struct stepper *s, struct archive *a);

/* One step, and its two halves; nothing is allocated.  The first half sets the loss and sums the
 * gradients of the batch; the second clips them and updates the weights, which stay as they are
 * where a gradient is not finite.  `observe`: the optimizer keeps its telemetry.  ERR_DEVICE. */
int stepper_step(struct stepper *s, bool observe, struct error *err);
void stepper_gradients(struct stepper *s);
int stepper_update(struct stepper *s, bool observe, struct error *err);

#endif
