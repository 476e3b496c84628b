/* SPDX-License-Identifier: MIT
 *
 * What `status` tells of a store.
 */
#ifndef CMD_STATUS_FACTS_H
#define CMD_STATUS_FACTS_H

#include "base/json.h"
#include "results/store.h"

/* A sweep with trials that are left, or failed. */
struct status_rest {
	const char *sweep;
	const char *command; /* what trains them */
	bool has_command;    /* else it is not known, and FILE in it stands for the sweep's file */
	bool of_shard;	     /* it trains a part of the sweep */
	long left, failed;
};

struct status_facts {
	const char *db; /* the store's path, for commands to type */
	struct store_totals totals;
	struct trial_running *running;
	struct trial_failure *failures;
	struct trial_origin *origins;
	struct status_rest *rests;
	size_t n_running, n_alive, n_failures, n_origins; /* alive: running and not stale */
	size_t n_rests;
	size_t running_capacity, failures_capacity, origins_capacity, rests_capacity;
	double work_left_s; /* one after the other; NAN: nothing was trained yet */
	double left_s;	    /* with as many at once as are alive; of one where none is */
	struct arena arena; /* of all texts */
};

/* Of one sweep, or of all (NULL).  To be released also after an error. */
int status_read(struct status_facts *facts, struct store *store, const char *sweep,
		struct error *err);
void status_release(struct status_facts *facts);

/* For people, and the object of `status --json`. */
void status_add_text(const struct status_facts *facts, struct text *page);
void status_add_json(const struct status_facts *facts, struct json *j);

#endif
