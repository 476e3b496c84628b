/* SPDX-License-Identifier: MIT
 *
 * One trial, trained: from initial weights to the final evaluation.  Knows nothing of sweep files
 * and stores; what it measures goes to a sink, row by row.
 */
#ifndef SWEEP_TRAINING_H
#define SWEEP_TRAINING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "models/corpus.h"
#include "results/store.h"
#include "sweep/checkpointer.h"
#include "sweep/stepper.h"

struct training {
	struct step_plan plan;
	const struct corpus *corpus;
	int64_t steps;
	uint64_t data_seed;
	int64_t eval_points;			     /* probes per tenfold growth of the step */
	int64_t probe_tokens;			     /* size of the probe set */
	const struct checkpoint_policy *checkpoints; /* NULL: none are written or read */
};

/* What a person sees while it runs. */
struct training_progress {
	int64_t step, steps;
	double loss;		  /* mean training loss of the last steps */
	double tokens_per_second; /* since the last report */
	double gflops;		  /* model FLOPs, likewise */
	bool evaluating;	  /* the final evaluation is under way */
};

struct training_sink {
	void *context;
	void (*evaluation)(void *context, const struct evaluation_row *row);
	void (*telemetry)(void *context, const struct telemetry_row *row);
	void (*bucket)(void *context, const char *slice, int bucket, double nats, double tokens);
	void (*progress)(void *context, const struct training_progress *progress);
	/* It goes on after this step; what was told up to there is in the policy's journal. */
	void (*resumed)(void *context, int64_t step);
	void (*note)(void *context, const char *text); /* for a person to know */
	/* At the end of a training that is done: SHA-256 of the weights as they lie in memory. */
	void (*weights)(void *context, const char *hash);
	/* Asked between steps and while evaluating; true: stop now. */
	bool (*stop)(void *context);
};

/* Trains, from the newest checkpoint that there is.  0: done, the last row final.  -ERR_DIVERGED
 * (non-finite loss or gradient, or a training loss above ln V + 1 for 50 steps in a row after the
 * warm-up), -ERR_STOPPED (the sink asked; a checkpoint of the step was written), -ERR_NOMEM,
 * -ERR_DEVICE.  Rows up to there were handed to the sink. */
int training_run(const struct training *training, struct backend *backend,
		 const struct training_sink *sink, struct error *err);

/* Whether step s (1 = after the first update) is an evaluation step.  Depends on the absolute step,
 * the batch and the evaluation plan alone, never on the horizon: probes lie on a grid of
 * `eval_points` per tenfold growth, thinned so that all of them up to s cost at most a tenth of
 * the training FLOPs up to s.  `probes` counts those made before s. */
bool training_evaluates_at(const struct training *training, int64_t s, int64_t probes);

#endif
