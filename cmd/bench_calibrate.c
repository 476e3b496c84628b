/* SPDX-License-Identifier: MIT */
#include "cmd/bench_calibrate.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/json.h"
#include "base/log.h"
#include "cmd/bench_workers.h"
#include "cmd/worker_arguments.h"
#include "sweep/calibration.h"
#include "sweep/calibration_grid.h"

#define MEASURE_S  0.3	/* each */
#define PATIENCE_S 30.0 /* for other processes that write to the cache */

struct calibrator {
	struct sweep *sweep;
	struct worker_input input;
	const char *const *argv;
	int threads;
	struct worker_process *workers; /* as many as may run at once */
	struct calibration rows;
	int jobs;
	int told; /* rows of this shape so far */
	struct json json;
	bool as_json;
};

/* --- one shape --- */

static void take_line(void *context, size_t index, char *line)
{
	struct calibrator *c = context;
	struct cost_row row;

	(void)index;
	if (!cost_row_read(line, &row))
		return;
	row.shape.jobs = c->jobs;
	c->told++;
	calibration_merge(&c->rows, &row);
}

static int start_all(struct calibrator *c, const struct trial *trial, struct error *err)
{
	char cell[SHORT_TEXT], started[SHORT_TEXT];
	const char *const more[] = {trial->key, cell, "--started", started, NULL};
	int result = 0;

	snprintf(cell, sizeof(cell), "%zu", trial->cell);
	for (int i = 0; i < c->jobs && !result; i++) {
		struct worker_process *w = &c->workers[i];

		snprintf(started, sizeof(started), "%.17g", clock_s());
		w->pinned = cores_share(i, c->jobs, c->threads, &w->cores);
		result = worker_process_start(w, c->argv, more, &c->input, err);
	}
	return result;
}

static void print_row(struct calibrator *c, const struct cost_row *row)
{
	const struct cost_shape *s = &row->shape;
	double rate = 1 / (row->parts.token + row->parts.step / s->micro_batch);

	if (!c->as_json) {
		printf("%4.0fx%-3.0f context %-5.0f vocabulary %-6.0f batch %-6.0f %-8s %3.0f at "
		       "once  %8.0f tokens/s  optimizer %.3g ms\n",
		       s->d_model, s->n_layers, s->context, s->vocab, s->micro_batch, s->optimizer,
		       s->jobs, rate, 1e3 * row->parts.step);
		fflush(stdout);
		return;
	}
	json_open(&c->json, NULL, '{');
#define X(field, use) json_real(&c->json, #field, s->field);
	COST_SHAPE_NUMBERS(X)
#undef X
#define X(field) json_text(&c->json, #field, s->field);
	COST_SHAPE_TEXTS(X)
#undef X
#define X(field) json_real(&c->json, #field "_s", row->parts.field);
	COST_PARTS(X)
#undef X
	json_close(&c->json, '}');
}

static int measure(struct calibrator *c, const struct trial *trial, int jobs, struct error *err)
{
	int result;

	c->jobs = jobs;
	c->told = 0;
	result = bench_workers_end(c->workers, (size_t)jobs, start_all(c, trial, err), take_line, c,
				   err);
	if (!result && c->told == 0)
		result = error_set(err, ERR_DEVICE, "no worker told what it measured");
	if (!result)
		print_row(c, &c->rows.rows[c->rows.n - 1]);
	return result;
}

/* --- all shapes --- */

static bool is_new(const struct calibrator *c, const struct trial *trial, int jobs)
{
	struct cost_shape shape = cost_shape_of(trial, c->threads, jobs);

	for (size_t i = 0; i < c->rows.n; i++)
		if (cost_shape_equal(&c->rows.rows[i].shape, &shape))
			return false;
	return true;
}

/* With `n_counts` numbers of trials at once. */
static int measure_all(struct calibrator *c, const int *counts, size_t n_counts, struct error *err)
{
	for (size_t i = 0; i < c->sweep->n_trials; i++)
		for (size_t k = 0; k < n_counts; k++) {
			const struct trial *trial = c->sweep->trials[i];
			int result;

			if (!is_new(c, trial, counts[k]))
				continue;
			result = measure(c, trial, counts[k], err);
			if (result)
				return result;
		}
	return 0;
}

/* The workers read the text that this process has read. */
static const char *const *measure_arguments(struct command_line *line, const char *file,
					    int threads)
{
	const char *const more[] = {"--measure", arena_printf(&line->arena, "%g", MEASURE_S),
				    "--called", file, NULL};
	const char *spec = line->n_arguments ? "/dev/stdin" : CALIBRATION_GRID;

	return worker_arguments(line, spec, threads, more);
}

static int load(struct calibrator *c, const struct command_line *line, struct error *err)
{
	const struct common_options *common = &line->common;
	bool is_grid = line->n_arguments == 0;
	int result = is_grid ? calibration_grid_load(&c->sweep, common->settings,
						     common->n_settings, err)
			     : sweep_load(&c->sweep, line->arguments[0], common->settings,
					  common->n_settings, err);

	return result ? result : worker_input_open(&c->input, is_grid ? NULL : c->sweep->text, err);
}

/* What was kept; JSON only where that is all. */
static void tell(struct calibrator *c, double started_s, bool all)
{
	char took[SHORT_TEXT];

	if (c->as_json && all) {
		json_close(&c->json, ']');
		json_close(&c->json, '}');
		puts(c->json.text.data);
	}
	if (!all && !c->rows.n)
		return;
	format_duration(took, clock_s() - started_s);
	log_info("%zu shapes measured in %s; 'plan' knows them from now on", c->rows.n, took);
}

static void release(struct calibrator *c, int most)
{
	bench_workers_free(c->workers, (size_t)most);
	calibration_release(&c->rows);
	worker_input_close(&c->input);
	json_release(&c->json);
	sweep_free(c->sweep);
}

int bench_calibrate(struct command_line *line, int threads, struct error *err)
{
	struct calibrator c = {
		.threads = threads, .input = {.fd = -1}, .as_json = line->common.json};
	int counts[] = {cores_jobs(threads), 1}, most = counts[0], result, kept = 0;
	bool is_grid = line->n_arguments == 0;
	double started_s = clock_s();

	c.workers = xcalloc((size_t)most, sizeof(*c.workers));
	json_open(&c.json, NULL, '{');
	json_open(&c.json, "measured", '[');
	result = load(&c, line, err);
	if (!result && !is_grid)
		counts[0] = cores_at_once(most, c.sweep->n_trials);
	if (!result)
		c.argv = measure_arguments(line, c.sweep->file, threads);
	if (!result)
		result = measure_all(&c, counts, is_grid && most > 1 ? 2 : 1, err);
	if (c.rows.n) /* what there is, whatever came after */
		kept = calibration_add(c.rows.rows, c.rows.n, PATIENCE_S, result ? NULL : err);
	if (!kept)
		tell(&c, started_s, result == 0);
	release(&c, most);
	return result ? result : kept;
}
