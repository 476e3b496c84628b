/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/bench_calibrate.h"
#include "cmd/bench_output.h"
#include "cmd/command.h"
#include "sweep/keys.h"

#define MAX_PRECISIONS 2

struct bench_options {
	const char *configs, *optimizers, *precisions, *backend;
	int64_t threads, side_by_side;
	double seconds;
	bool breakdown, calibrate;
};

#define FIELD(name) offsetof(struct bench_options, name)

static const struct key options[] = {
	{"config", KEY_TEXT, FIELD(configs), 0, 0, 0, NULL, "S,M,L", "LIST",
	 "which configurations"},
	{"optimizer", KEY_TEXT, FIELD(optimizers), 0, 0, 0, NULL, "adamw", "LIST",
	 "which optimizers, for instance adamw,muon"},
	{"precision", KEY_TEXT, FIELD(precisions), 0, 0, 0, NULL, "fp32", "LIST",
	 "which of fp32 and bf16; bf16 is compared with fp32"},
	{"threads", KEY_INTEGER, FIELD(threads), 1, 1024, 0, NULL, "1", "T",
	 "threads inside an operation; several are compared with one"},
	{"seconds", KEY_REAL, FIELD(seconds), 0, 1e5, 0, NULL, "10", "N",
	 "time for each row; three rounds at least"},
	{"side-by-side", KEY_INTEGER, FIELD(side_by_side), 0, 1024, 0, NULL, "0", "J",
	 "instead, J processes that train at once against one alone"},
	{"breakdown", KEY_BOOL, FIELD(breakdown), 0, 0, 0, NULL, "no", NULL,
	 "instead, the time of a step by operation"},
	{"backend", KEY_TEXT, FIELD(backend), 0, 0, 0, NULL, "cpu", "NAME",
	 "which backend; see 'muon-sweep devices'"},
	{"calibrate", KEY_BOOL, FIELD(calibrate), 0, 0, 0, NULL, "no", NULL,
	 "measure what 'plan' estimates times from: some sizes, or those of SPEC"},
};

/* What a configuration with an optimizer is measured for; `dry` only looks the names up. */
struct bench {
	const struct bench_options *options;
	const char *program;
	const struct bench_config *config;
	struct bench_case cases[MAX_PRECISIONS];
	size_t n_cases;
	struct json rows;
	bool dry, json;
	double sgemm_sum;
	int n_rows;
	struct error *err;
};

/* Calls `visit` with each name of a comma-separated list; stops at the first failure. */
static int each_name(const char *list, int (*visit)(struct bench *b, const char *name),
		     struct bench *b)
{
	char *copy = xstrdup(list), *rest = NULL;
	int rc = 0;

	for (char *name = strtok_r(copy, ", ", &rest); name && !rc;
	     name = strtok_r(NULL, ", ", &rest))
		rc = visit(b, name);
	free(copy);
	return rc;
}

/* --- the three ways to measure --- */

static int measure_speed(struct bench *b)
{
	struct bench_result results[MAX_PRECISIONS];
	int rc = bench_measure(results, b->cases, b->n_cases, b->options->seconds, b->err);

	if (!rc && !b->json && !b->n_rows)
		bench_print_head();
	for (size_t i = 0; i < b->n_cases && !rc; i++) {
		b->sgemm_sum += results[i].sgemm_gflops.median;
		b->n_rows++;
		if (b->json)
			bench_json_result(&b->rows, &b->cases[i], &results[i]);
		else
			bench_print_result(&b->cases[i], &results[i]);
	}
	return rc;
}

static int measure_side_by_side(struct bench *b)
{
	int64_t processes = b->options->side_by_side;
	int rc = 0;

	for (size_t i = 0; i < b->n_cases && !rc; i++) {
		struct bench_side side;

		rc = bench_side_by_side(&side, b->program, &b->cases[i], processes,
					b->options->seconds, b->err);
		if (rc)
			return rc;
		if (b->json)
			bench_json_side(&b->rows, &b->cases[i], processes, &side);
		else
			bench_print_side(&b->cases[i], processes, &side);
	}
	return rc;
}

static int measure_breakdown(struct bench *b)
{
	int rc = 0;

	for (size_t i = 0; i < b->n_cases && !rc; i++) {
		struct bench_breakdown breakdown;

		rc = bench_break_down(&breakdown, &b->cases[i], b->options->seconds, b->err);
		if (!rc && b->json)
			bench_json_breakdown(&b->rows, &b->cases[i], &breakdown);
		else if (!rc)
			bench_print_breakdown(&b->cases[i], &breakdown);
		bench_breakdown_release(&breakdown);
	}
	return rc;
}

/* --- what is measured --- */

static int measure(struct bench *b)
{
	if (b->options->side_by_side)
		return measure_side_by_side(b);
	return b->options->breakdown ? measure_breakdown(b) : measure_speed(b);
}

static int visit_precision(struct bench *b, const char *name)
{
	for (int i = 0; precision_choices[i].name; i++)
		if (strcmp(precision_choices[i].name, name) == 0) {
			struct backend_options use = {(int)b->options->threads, (enum precision)i};

			for (size_t j = 0; j < b->n_cases; j++)
				if (b->cases[j].use.precision == use.precision)
					return 0;
			b->cases[b->n_cases++].use = use;
			return 0;
		}
	return error_set(b->err, ERR_USAGE, "unknown precision '%s'; there are fp32 and bf16",
			 name);
}

static int visit_optimizer(struct bench *b, const char *name)
{
	const struct optimizer_type *type = bench_optimizer_find(name, b->err);
	int rc;

	if (!type)
		return -ERR_USAGE;
	for (size_t i = 0; i < b->n_cases; i++) {
		b->cases[i].config = b->config;
		b->cases[i].optimizer = type;
		b->cases[i].backend = b->options->backend;
	}
	if (b->dry) {
		b->n_rows++;
		return 0;
	}
	rc = measure(b);
	return rc ? error_wrap(b->err, "configuration %s with %s", b->config->name, name) : 0;
}

static int visit_config(struct bench *b, const char *name)
{
	b->config = bench_config_find(name, b->err);
	return b->config ? each_name(b->options->optimizers, visit_optimizer, b) : -ERR_USAGE;
}

/* --- the command --- */

static int check(struct bench *b)
{
	const struct bench_options *o = b->options;
	int rc = each_name(o->precisions, visit_precision, b);

	b->dry = true;
	if (!rc)
		rc = each_name(o->configs, visit_config, b);
	b->dry = false;
	if (rc)
		return rc;
	if (!b->n_rows || !b->n_cases)
		return error_set(
			b->err, ERR_USAGE,
			"nothing to measure: 'config', 'optimizer' or 'precision' is empty");
	b->n_rows = 0;
	if (o->breakdown && o->side_by_side)
		return error_set(b->err, ERR_USAGE,
				 "'--breakdown' and '--side-by-side' exclude each other");
	return 0;
}

static const char *rows_name(const struct bench_options *o)
{
	if (o->side_by_side)
		return "side_by_side";
	return o->breakdown ? "breakdown" : "configs";
}

static void print_json(const struct bench *b)
{
	struct json all = {0};

	json_open(&all, NULL, '{');
	if (b->n_rows)
		json_real(&all, "sgemm_gflops", b->sgemm_sum / b->n_rows);
	json_integer(&all, "threads", b->options->threads);
	json_raw(&all, rows_name(b->options), text_string(&b->rows.text));
	json_close(&all, '}');
	puts(text_string(&all.text));
	json_release(&all);
}

/* Options of the other ways to measure are refused. */
static int check_calibrate(const struct command_line *line, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (line->given[i] && options[i].offset != FIELD(calibrate) &&
		    options[i].offset != FIELD(threads))
			return error_set(err, ERR_USAGE,
					 "'--%s' has no meaning with '--calibrate', which takes "
					 "settings of the sweep file (-s) and '--threads'",
					 options[i].name);
	return 0;
}

static int run(struct command_line *line, struct error *err)
{
	struct bench b = {.options = line->options,
			  .program = line->program,
			  .json = line->common.json,
			  .err = err};
	int rc;

	if (b.options->calibrate) {
		rc = check_calibrate(line, err);
		return rc ? rc : bench_calibrate(line, (int)b.options->threads, err);
	}
	if (line->n_arguments || line->common.n_settings)
		return error_set(err, ERR_USAGE, "a sweep file is read with --calibrate only");
	rc = check(&b);
	if (rc)
		return rc;
	json_open(&b.rows, NULL, '[');
	rc = each_name(b.options->configs, visit_config, &b);
	json_close(&b.rows, ']');
	if (!rc && b.json)
		print_json(&b);
	json_release(&b.rows);
	return rc;
}

const struct command cmd_bench = {
	.name = "bench",
	.arguments = "[SPEC]",
	.max_arguments = 1,
	.summary = "training speed here, against this machine's own SGEMM peak",
	.examples = "muon-sweep bench\n"
		    "muon-sweep bench --config S,M --optimizer adamw,muon --seconds 5\n"
		    "muon-sweep bench --config L --precision fp32,bf16 --threads 2\n"
		    "muon-sweep bench --config S --side-by-side 2\n"
		    "muon-sweep bench --config M --optimizer muon --breakdown\n"
		    "muon-sweep bench --calibrate study.yaml\n",
	.details =
		"Trains on random tokens with the step of 'run'.  GFLOP/s are nominal: 6 N_hidden "
		"+\n"
		"12 L d T + 6 d V per token.  SGEMM is the rate of one 1024 x 1024 x 1024 product "
		"in\n"
		"fp32 on as many threads, measured between the steps; the bound is the step's own\n"
		"products run alone, in the precision of the row.  All are interleaved in rounds:\n"
		"numbers are medians over rounds, ratios medians of the ratios in a round, with\n"
		"quartiles behind them that tell how noisy the machine is.  bf16 is measured "
		"beside\n"
		"fp32, several threads beside one, Muon's orthogonalisation beside the plain\n"
		"iteration by whole products.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.options_size = sizeof(struct bench_options),
	.run = run,
};
