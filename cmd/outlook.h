/* SPDX-License-Identifier: MIT
 *
 * How far a run is and how long it will take: by cost, that is by seconds of work as estimated
 * before, corrected by the pace seen so far.
 */
#ifndef CMD_OUTLOOK_H
#define CMD_OUTLOOK_H

#include "sweep/agenda.h"
#include "sweep/cost_model.h"
#include "sweep/pool.h"

/* The jobs that are still to be started. */
struct outlook_source {
	void *context;
	void (*each_waiting)(void *context,
			     void (*each)(void *to, const struct agenda_waiting *waiting),
			     void *to); /* see agenda_each_waiting() */
};

/* What is known of the trial in a slot. */
struct outlook_slot {
	const struct pool_job *job;
	double started_s;    /* as in the slot; tells one trial from the next */
	double final_s;	     /* that its final evaluation will take, estimated */
	double evaluating_s; /* clock_s() when that began; 0: not yet */
	double share;	     /* of its cost that is done; never falls */
	double left_s;
	double flops; /* done */
};

struct outlook {
	struct outlook_source source;
	struct cost_model *costs; /* NULL: nothing is known of evaluations */
	int threads, jobs;	  /* at once */
	double started_s;
	struct outlook_slot *slots;
	size_t n_slots;
	/* jobs that have ended */
	size_t n_ended;
	double cost_ended, spent_ended_s, flops_ended;
	/* of all */
	size_t n_running, n_waiting;
	double flops_done, flops_total;
	double share;	   /* of the cost of this run; FLOPs are those of whole trials */
	double left_s;	   /* until the last ends */
	double shortest_s; /* of the jobs that wait, the one that is expected to take least */
	double looked_s;
	bool changed; /* since then */
};

/* `costs` must outlive it. */
void outlook_start(struct outlook *outlook, const struct outlook_source *source,
		   struct cost_model *costs, int threads, int jobs);
void outlook_release(struct outlook *outlook);

/* Looks at the slots; what concerns the whole run is worked out once a second. */
void outlook_look(struct outlook *outlook, const struct pool_slot *slots, size_t n_slots);

/* A job has ended. */
void outlook_ended(struct outlook *outlook, const struct pool_job *job, const struct pool_end *end);

/* Nothing runs any more: what is left is what was never started. */
void outlook_refresh(struct outlook *outlook);

/* Ended, running and waiting. */
size_t outlook_jobs(const struct outlook *outlook);

#endif
