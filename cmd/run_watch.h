/* SPDX-License-Identifier: MIT
 *
 * What happens while a sweep runs: it is shown on the console and told to other programs, its end
 * is summed up, and the times of trials that are done are kept for the estimates of sweeps to come.
 */
#ifndef CMD_RUN_WATCH_H
#define CMD_RUN_WATCH_H

#include "cmd/progress.h"
#include "cmd/run_events.h"
#include "cmd/run_summary.h"
#include "sweep/calibration.h"

struct run_watch {
	struct outlook outlook;
	struct progress progress;
	struct run_events events;
	struct run_summary summary;
	int64_t *resumed; /* of each slot: the step that was told */
	size_t n_slots;
	struct calibration measured; /* since it was kept last */
	double tried_s;		     /* when it was to be kept last */
	bool unkept;		     /* the cache cannot be written; told once */
};

/* `source` lists the jobs to come; `costs` must outlive the watch; `json`: events on standard
 * output. */
void run_watch_start(struct run_watch *watch, const struct run_facts *facts,
		     const struct outlook_source *source, struct cost_model *costs, bool json);
/* The callbacks for the pool. */
struct pool_watch run_watch_calls(struct run_watch *watch);
/* The pool has ended: the console is taken down, measured times are kept.  Returns how many jobs
 * were never started. */
size_t run_watch_stop(struct run_watch *watch);
/* The last event, and all is released.  False where events were lost. */
bool run_watch_end(struct run_watch *watch, const struct run_result *result);

#endif
