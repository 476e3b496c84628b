/* SPDX-License-Identifier: MIT
 *
 * The options of `run`.
 */
#ifndef CMD_RUN_OPTIONS_H
#define CMD_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/command.h"
#include "sweep/shard.h"

enum run_only { ONLY_MISSING, ONLY_FAILED, ONLY_DIVERGED, ONLY_INTERRUPTED };

struct run_options {
	int64_t jobs, threads, limit, retries, checkpoint_every;
	const char *backend, *precision, *time_budget, *hang_after, *where, *shard_text;
	int only; /* enum run_only */
	bool dry_run, fail_fast, keep_going;
	/* read from the texts */
	double time_budget_s; /* 0: none */
	double hang_after_s;  /* HUGE_VAL: never; 0: as is known of the trial (sweep/silence.h) */
	struct shard shard;
	bool jobs_given; /* else `jobs` is what this machine has room for */
};

#define N_RUN_OPTION_KEYS 15
extern const struct key run_option_keys[N_RUN_OPTION_KEYS];

/* Reads what is still text, and refuses options that exclude each other.  ERR_USAGE. */
int run_options_check(struct run_options *options, struct error *err);

/* "90s", "30m", "8h", "2d", "1h30m" or seconds.  False: it is none, or not positive. */
bool parse_duration(const char *text, double *seconds);

#endif
