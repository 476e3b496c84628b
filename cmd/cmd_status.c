/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "cmd/command.h"
#include "results/store.h"

#define KEY_SHOWN 10 /* digits of a trial key */

struct status_options {
	const char *sweep;
};

static const struct key keys[] = {
	{"sweep", KEY_TEXT, offsetof(struct status_options, sweep), 0, 0, 0, NULL, "", "NAME",
	 "only this sweep"},
};

static void add_failure_json(const struct trial_failure *failure, void *context)
{
	struct json *j = context;

	json_open(j, NULL, '{');
	json_text(j, "trial_key", failure->trial_key);
	json_text(j, "sweep", failure->sweep);
	json_text(j, "label", failure->label);
	json_text(j, "state", trial_state_name(failure->state));
	json_text(j, "reason", failure->reason);
	json_real(j, "params", failure->params);
	json_real(j, "lr", failure->lr);
	json_real(j, "step", failure->step);
	json_real(j, "steps_total", failure->steps_total);
	json_close(j, '}');
}

static int print_json(struct store *store, const char *sweep, const struct store_totals *totals,
		      struct error *err)
{
	struct json j = {0};
	int result;

	json_open(&j, NULL, '{');
	json_open(&j, "states", '{');
	for (int state = 0; state < TRIAL_N_STATES; state++)
		json_integer(&j, trial_state_name((enum trial_state)state), totals->counts[state]);
	json_close(&j, '}');
	json_real(&j, "flops_done", totals->flops_done);
	json_real(&j, "flops_total", totals->flops_total);
	json_real(&j, "seconds", totals->seconds);
	json_open(&j, "failures", '[');
	result = store_failures(store, sweep, add_failure_json, &j, err);
	json_close(&j, ']');
	json_close(&j, '}');
	if (!result)
		printf("%s\n", text_string(&j.text));
	json_release(&j);
	return result;
}

static void print_failure(const struct trial_failure *failure, void *context)
{
	bool *any = context;
	char params[SHORT_TEXT];

	if (!*any)
		printf("\nnot done:\n");
	*any = true;
	printf("  %.*s  %-11s %s, %s params, lr %g, step %.0f of %.0f: %s\n", KEY_SHOWN,
	       failure->trial_key, trial_state_name(failure->state), failure->label,
	       format_si(params, failure->params), failure->lr,
	       isnan(failure->step) ? 0 : failure->step, failure->steps_total,
	       failure->reason ? failure->reason : "no reason given");
}

/* At the speed of the trials so far, as many at a time as are running. */
static void print_time_left(const struct store_totals *totals)
{
	long running = totals->counts[TRIAL_running];
	double left_s = totals->flops_left * totals->seconds / totals->flops_done;
	char duration[SHORT_TEXT];

	if (!(totals->flops_left > 0) || !isfinite(left_s))
		return;
	printf("left      about %s%s\n",
	       format_duration(duration, left_s / fmax(1, (double)running)),
	       running ? "" : " of training, and nothing is running");
}

static int print_people(struct store *store, const char *sweep, const struct store_totals *totals,
			struct error *err)
{
	char done[SHORT_TEXT], total[SHORT_TEXT];
	bool any = false;

	for (int state = 0; state < TRIAL_N_STATES; state++)
		if (totals->counts[state])
			printf("%-12s %5ld\n", trial_state_name((enum trial_state)state),
			       totals->counts[state]);
	printf("FLOPs     %s of %s", format_si(done, totals->flops_done),
	       format_si(total, totals->flops_total));
	if (totals->flops_total > 0)
		printf(" (%.0f %%)", 100 * totals->flops_done / totals->flops_total);
	printf("\n");
	print_time_left(totals);
	return store_failures(store, sweep, print_failure, &any, err);
}

static int run(struct command_line *line, struct error *err)
{
	const struct status_options *options = line->options;
	const char *sweep = options->sweep[0] ? options->sweep : NULL;
	struct store_totals totals;
	struct store *store;
	int result = store_open(&store, line->common.db, STORE_READ, err);

	if (!result)
		result = store_totals(store, sweep, &totals, err);
	if (!result && line->common.json)
		result = print_json(store, sweep, &totals, err);
	else if (!result)
		result = print_people(store, sweep, &totals, err);
	store_close(store);
	return result;
}

const struct command cmd_status = {
	.name = "status",
	.arguments = "",
	.summary = "counts by state, progress, time left, failures with their reason",
	.examples = "muon-sweep status\n"
		    "muon-sweep status --sweep quickstart --json\n",
	.options = keys,
	.n_options = ARRAY_SIZE(keys),
	.options_size = sizeof(struct status_options),
	.run = run,
};
