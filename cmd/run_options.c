/* SPDX-License-Identifier: MIT */
#include "cmd/run_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HANG_LEAST_S 1 /* a worker speaks several times a second */

static const struct key_choice only_choices[] = {
	[ONLY_MISSING] = {"missing", NULL, "never finished: planned or interrupted"},
	[ONLY_FAILED] = {"failed", NULL, "failed"},
	[ONLY_DIVERGED] = {"diverged", NULL, "diverged"},
	[ONLY_INTERRUPTED] = {"interrupted", NULL, "interrupted, or killed while they ran"},
	{0},
};

#define FIELD(name) offsetof(struct run_options, name)

const struct key run_option_keys[N_RUN_OPTION_KEYS] = {
	{"jobs", KEY_INTEGER, FIELD(jobs), 0, 4096, 0, NULL, "0", "J",
	 "trials at once; 0: cores / threads. Filling all cores, each keeps to its own"},
	{"threads", KEY_INTEGER, FIELD(threads), 1, 1024, 0, NULL, "1", "T",
	 "threads inside a trial"},
	{"backend", KEY_TEXT, FIELD(backend), 0, 0, 0, NULL, "", "NAME",
	 "backend, instead of the sweep file's (train.backend)"},
	{"precision", KEY_TEXT, FIELD(precision), 0, 0, 0, NULL, "", "fp32|bf16",
	 "of matrix products, instead of the sweep file's (train.precision)"},
	{"only", KEY_CHOICE, FIELD(only), 0, 0, 0, only_choices, "missing", "STATE",
	 "which trials to train"},
	{"where", KEY_TEXT, FIELD(where), 0, 0, 0, NULL, "", "SQL",
	 "of those, the ones that fulfil a condition on the columns of the store, such as "
	 "\"label = 'muon' AND params < 1e6\""},
	{"limit", KEY_INTEGER, FIELD(limit), 0, 1e9, 0, NULL, "0", "N",
	 "train at most N trials; 0: all"},
	{"shard", KEY_TEXT, FIELD(shard_text), 0, 0, 0, NULL, "", "K/N",
	 "the K-th of N parts of equal cost, for machines with a store each"},
	{"time-budget", KEY_TEXT, FIELD(time_budget), 0, 0, 0, NULL, "", "TIME",
	 "stop after this long: 90s, 30m, 8h, 2d. What would take longer is not started"},
	{"checkpoint-every", KEY_INTEGER, FIELD(checkpoint_every), 0, 1e12, 0, NULL, "0", "STEPS",
	 "steps from one checkpoint to the next; 0: by time. A stop makes one always"},
	{"retries", KEY_INTEGER, FIELD(retries), 0, 100, 0, NULL, "0", "N",
	 "try a failed trial again"},
	{"hang-after", KEY_TEXT, FIELD(hang_after), 0, 0, 0, NULL, "", "TIME",
	 "a worker silent for so long is killed, its trial failed; never: none is. Else by what is "
	 "known of the trial, at least 5m"},
	{"fail-fast", KEY_BOOL, FIELD(fail_fast), 0, 0, 0, NULL, "no", NULL,
	 "stop at the first failure"},
	{"keep-going", KEY_BOOL, FIELD(keep_going), 0, 0, 0, NULL, "no", NULL,
	 "go on after a failure (the default)"},
	{"dry-run", KEY_BOOL, FIELD(dry_run), 0, 0, 0, NULL, "no", NULL,
	 "the same as plan; of the options that choose it takes --shard"},
};

static double unit_seconds(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	}
	return 0;
}

bool parse_duration(const char *text, double *seconds)
{
	double sum = 0;

	do {
		char *end;
		double value = strtod(text, &end);
		bool is_bare = *end == '\0' && sum <= 0;

		if (end == text || (!is_bare && unit_seconds(*end) <= 0))
			return false;
		sum += is_bare ? value : value * unit_seconds(*end);
		text = end + !is_bare;
	} while (*text);
	if (!(sum > 0) || !isfinite(sum))
		return false;
	*seconds = sum;
	return true;
}

/* --only, --where, ... choose what to train, and `plan` shows all of a sweep or shard. */
static const char *selects(const struct run_options *o)
{
	const struct {
		bool given;
		const char *name;
	} options[] = {
		{o->only != ONLY_MISSING, "--only"},
		{o->where[0], "--where"},
		{o->limit > 0, "--limit"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].given)
			return options[i].name;
	return NULL;
}

static int read_times(struct run_options *o, struct error *err)
{
	if (o->time_budget[0] && !parse_duration(o->time_budget, &o->time_budget_s))
		return error_set(err, ERR_USAGE,
				 "option '--time-budget' must be a time such as 90s, 30m, 8h or "
				 "2d, not '%s'",
				 o->time_budget);
	if (strcmp(o->hang_after, "never") == 0)
		o->hang_after_s = HUGE_VAL;
	else if (o->hang_after[0] && !parse_duration(o->hang_after, &o->hang_after_s))
		return error_set(err, ERR_USAGE,
				 "option '--hang-after' must be a time such as 90s or 30m, or "
				 "'never', not '%s'",
				 o->hang_after);
	if (o->hang_after[0] && o->hang_after_s < HANG_LEAST_S)
		return error_set(err, ERR_USAGE,
				 "option '--hang-after' must be at least %ds, not '%s'",
				 HANG_LEAST_S, o->hang_after);
	return 0;
}

int run_options_check(struct run_options *o, struct error *err)
{
	const char *selection = selects(o);

	o->shard = (struct shard){1, 1};
	o->jobs_given = o->jobs > 0;
	if (read_times(o, err))
		return -ERR_USAGE;
	if (o->shard_text[0] && shard_parse(o->shard_text, &o->shard, err))
		return -ERR_USAGE;
	if (o->keep_going && o->fail_fast)
		return error_set(err, ERR_USAGE,
				 "'--keep-going' and '--fail-fast' exclude each other");
	if (o->dry_run && selection)
		return error_set(err, ERR_USAGE,
				 "'--dry-run' shows all trials, as 'plan' does, and takes no "
				 "'%s'",
				 selection);
	return 0;
}
