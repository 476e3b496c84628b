/* SPDX-License-Identifier: MIT */
#include "cmd/status_facts.h"

static void add_running(struct json *j, const struct trial_running *r)
{
	json_open(j, NULL, '{');
	json_text(j, "trial_key", r->trial_key);
	json_text(j, "sweep", r->sweep);
	json_text(j, "label", r->label);
	json_text(j, "host", r->host);
	json_integer(j, "pid", r->pid);
	json_real(j, "seconds", r->running_s);
	json_real(j, "seconds_silent", r->silent_s);
	json_bool(j, "stale", r->stale);
	json_bool(j, "gone", r->gone);
	json_real(j, "params", r->params);
	json_real(j, "lr", r->lr);
	json_real(j, "step", r->step);
	json_real(j, "steps_total", r->steps_total);
	json_real(j, "loss", r->loss);
	json_real(j, "flops", r->flops);
	json_real(j, "flops_total", r->flops_total);
	json_close(j, '}');
}

static void add_origin(struct json *j, const struct trial_origin *origin)
{
	json_open(j, NULL, '{');
	json_text(j, "sweep", origin->sweep);
	json_text(j, "label", origin->label);
	json_text(j, "origin", origin->origin);
	json_integer(j, "trials", origin->trials);
	json_integer(j, "ended", origin->ended);
	json_close(j, '}');
}

static void add_failure(struct json *j, const struct trial_failure *failure)
{
	json_open(j, NULL, '{');
	json_text(j, "trial_key", failure->trial_key);
	json_text(j, "sweep", failure->sweep);
	json_text(j, "label", failure->label);
	json_text(j, "state", trial_state_name(failure->state));
	json_text(j, "reason", failure->reason);
	json_text(j, "log", failure->log);
	json_real(j, "params", failure->params);
	json_real(j, "lr", failure->lr);
	json_real(j, "step", failure->step);
	json_real(j, "steps_total", failure->steps_total);
	json_close(j, '}');
}

void status_add_json(const struct status_facts *f, struct json *j)
{
	const struct store_totals *totals = &f->totals;

	json_open(j, NULL, '{');
	json_open(j, "states", '{');
	for (int state = 0; state < TRIAL_N_STATES; state++)
		json_integer(j, trial_state_name((enum trial_state)state), totals->counts[state]);
	json_close(j, '}');
	json_real(j, "flops_done", totals->flops_done);
	json_real(j, "flops_total", totals->flops_total);
	json_real(j, "seconds", totals->seconds);
	json_real(j, "seconds_left", f->work_left_s);
	json_real(j, "wall_seconds_left", f->left_s);
	json_open(j, "running", '[');
	for (size_t i = 0; i < f->n_running; i++)
		add_running(j, &f->running[i]);
	json_close(j, ']');
	json_open(j, "origins", '[');
	for (size_t i = 0; i < f->n_origins; i++)
		add_origin(j, &f->origins[i]);
	json_close(j, ']');
	json_open(j, "failures", '[');
	for (size_t i = 0; i < f->n_failures; i++)
		add_failure(j, &f->failures[i]);
	json_close(j, ']');
	json_close(j, '}');
}
