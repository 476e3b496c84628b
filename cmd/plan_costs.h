/* SPDX-License-Identifier: MIT
 *
 * What `plan` says of costs: FLOPs and seconds of each trial and of the sweep, where what trials
 * share counts once.
 */
#ifndef CMD_PLAN_COSTS_H
#define CMD_PLAN_COSTS_H

#include "base/json.h"
#include "sweep/agenda.h"
#include "sweep/sharing.h"

struct plan_costs {
	struct sharing sharing;
	double *seconds; /* of each trial: of the part that others do not train */
	double flops_optimizer;
	double sum_s, left_s;	    /* one after the other: of all, and of what is left */
	double wall_s, wall_left_s; /* on the clock */
	size_t measured;	    /* measurements behind the seconds; 0: uncalibrated */
	int jobs, threads;
};

/* Of the trials that are `mine`, of which those that share a trunk are all or none, for `jobs` at
 * once with so many threads each.  Picks the jobs of the agenda; the folder of the checkpoints
 * tells what of them is trained already. */
int plan_costs_find(struct plan_costs *costs, const struct sweep *sweep, bool *mine,
		    struct agenda *agenda, const char *checkpoints, int jobs, int threads,
		    struct error *err);
void plan_costs_release(struct plan_costs *costs);

/* Of all steps. */
double trial_optimizer_flops(const struct trial *trial);

/* The lines below the table. */
void plan_costs_print(const struct plan_costs *costs, const struct sweep *sweep);

/* The members of the object of totals. */
void plan_costs_add(const struct plan_costs *costs, struct json *j);

#endif
