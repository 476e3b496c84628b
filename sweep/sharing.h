/* SPDX-License-Identifier: MIT
 *
 * What trials share: those of one trunk (trial_key.c) differ only in their horizon, and are the
 * same training up to the fork of the shorter one.  The one with the latest fork carries the trunk:
 * it is trained as a whole, and each other trial from its own fork on.
 */
#ifndef SWEEP_SHARING_H
#define SWEEP_SHARING_H

#include "sweep/sweep.h"

/* A sweep of which nothing was trained yet. */
struct sharing {
	/* Of each trial of the sweep: the step up to which others have trained it; all its steps
	 * where another arm has the same training. */
	int64_t *from;
	const struct trial **carrier; /* who has trained it up to there; NULL: nobody */
	size_t n_trunks;	      /* that several trials share */
	double flops, flops_trained;  /* of the models: of all trials each alone; as they share */
};

void sharing_find(struct sharing *sharing, const struct sweep *sweep);
void sharing_release(struct sharing *sharing);

/* Which of two trials of one trunk carries it: the one with the latest fork, then the longer one,
 * then the lesser key.  Negative: the first. */
int compare_carriers(const struct trial *a, const struct trial *b);

/* Model FLOPs of a trial from a step to its end. */
double trial_flops_from(const struct trial *trial, int64_t step);

/* What trials with a fractional warm-up would share were it the same for all horizons. */
struct sharing_advice {
	double flops_saved;    /* of all the sweep's nominal ones; 0: nothing to advise */
	double warmup;	       /* the fraction that there is now */
	int64_t warmup_tokens; /* what it is for the shortest of them */
};
struct sharing_advice sharing_advise(const struct sweep *sweep);

#endif
