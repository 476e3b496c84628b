/* SPDX-License-Identifier: MIT
 *
 * What a run leaves behind, of it and of earlier ones: trials that failed or diverged, and trials
 * that are still to be trained.
 */
#ifndef CMD_RUN_REST_H
#define CMD_RUN_REST_H

#include "cmd/run_selection.h"
#include "sweep/agenda.h"

struct run_rest {
	size_t covered; /* trials that --shard and --where cover, in whatever state */
	/* of these, those that --only does not leave out */
	size_t failed, diverged;
	/* of the whole shard */
	size_t all_failed, all_diverged, missing;
	size_t running; /* of those missing: in other processes */
	bool tuning; /* may ask for more; never told of a shard, which does not know the others */
};

/* After the pool.  ERR_USAGE for a wrong condition. */
int run_rest_find(struct run_rest *rest, const struct agenda *agenda,
		  struct run_selection *selection, const struct run_options *options,
		  struct error *err);

#endif
