/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cmd/bench.h"
#include "cmd/bench_calibrate.h"
#include "cmd/command.h"

struct bench_options {
	const char *configs, *optimizers, *backend;
	int64_t threads;
	double seconds;
	bool calibrate;
};

#define FIELD(name) offsetof(struct bench_options, name)

static const struct key options[] = {
	{"config", KEY_TEXT, FIELD(configs), 0, 0, 0, NULL, "S,M,L", "LIST", "which of S, M and L"},
	{"optimizer", KEY_TEXT, FIELD(optimizers), 0, 0, 0, NULL, "adamw", "LIST",
	 "which optimizers, for instance adamw,muon"},
	{"threads", KEY_INTEGER, FIELD(threads), 1, 1024, 0, NULL, "1", "T",
	 "threads inside an operation"},
	{"seconds", KEY_REAL, FIELD(seconds), 0, 1e5, 0, NULL, "10", "N",
	 "time for each row; three rounds at least"},
	{"backend", KEY_TEXT, FIELD(backend), 0, 0, 0, NULL, "cpu", "NAME",
	 "which backend; see 'muon-sweep devices'"},
	{"calibrate", KEY_BOOL, FIELD(calibrate), 0, 0, 0, NULL, "no", NULL,
	 "measure what 'plan' estimates times from: some sizes, or those of SPEC"},
};

static const struct bench_config *find_config(const char *name, struct error *err)
{
	for (const struct bench_config *c = bench_configs; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	error_set(err, ERR_USAGE, "unknown configuration '%s'; there are S, M and L", name);
	return NULL;
}

static const struct optimizer_type *find_optimizer(const char *name, struct error *err)
{
	const struct optimizer_type *type = optimizer_find(name);
	struct suggestion near;
	char hint[128];

	if (type)
		return type;
	suggestion_start(&near, name);
	for (size_t i = 0; optimizer_types[i]; i++)
		suggestion_offer(&near, optimizer_types[i]->name);
	error_set(err, ERR_USAGE, "unknown optimizer '%s'%s", name,
		  suggestion_text(&near, hint, sizeof(hint)));
	return NULL;
}

/* Calls `visit` with each name of a comma-separated list; stops at the first failure. */
static int each_name(const char *list, int (*visit)(void *context, const char *name), void *context)
{
	char *copy = xstrdup(list), *rest = NULL;
	int rc = 0;

	for (char *name = strtok_r(copy, ", ", &rest); name && !rc;
	     name = strtok_r(NULL, ", ", &rest))
		rc = visit(context, name);
	free(copy);
	return rc;
}

/* Everything that a row needs; `dry` only looks the names up. */
struct bench {
	const struct bench_options *options;
	const struct bench_config *config;
	struct backend *backend;
	struct json json;
	bool dry, quiet;
	double sgemm_sum;
	int n_rows;
	struct error *err;
};

static void print_head(void)
{
	printf("%-6s %-9s %10s %9s %8s %8s %8s %9s %9s %9s %9s\n", "config", "optimizer",
	       "tokens/s", "GFLOP/s", "SGEMM", "/ SGEMM", "/ bound", "fwd ms", "bwd ms", "opt ms",
	       "other ms");
}

static void print_row(const struct bench *b, const char *optimizer, const struct bench_result *r)
{
	printf("%-6s %-9s %10.0f %9.1f %8.1f %8.2f %8.2f", b->config->name, optimizer,
	       r->tokens_per_second, r->nominal_gflops, r->sgemm_gflops, r->sgemm_fraction,
	       r->bound_fraction);
	for (int i = 0; i < N_PHASES; i++)
		printf(" %9.2f", r->phases_ms[i]);
	putchar('\n');
	fflush(stdout);
}

static void add_json(struct bench *b, const char *optimizer, const struct bench_result *r)
{
	struct json *json = &b->json;

	json_open(json, NULL, '{');
	json_text(json, "name", b->config->name);
	json_text(json, "optimizer", optimizer);
	json_text(json, "precision", "fp32");
	json_integer(json, "threads", b->options->threads);
	json_real(json, "tokens_per_second", r->tokens_per_second);
	json_real(json, "nominal_gflops", r->nominal_gflops);
	json_real(json, "sgemm_gflops", r->sgemm_gflops);
	json_real(json, "sgemm_fraction", r->sgemm_fraction);
	json_real(json, "bound_fraction", r->bound_fraction);
	json_open(json, "phases_ms", '{');
	for (int i = 0; i < N_PHASES; i++)
		json_real(json, bench_phase_names[i], r->phases_ms[i]);
	json_close(json, '}');
	json_close(json, '}');
}

static int visit_optimizer(void *context, const char *name)
{
	struct bench *b = context;
	const struct optimizer_type *type = find_optimizer(name, b->err);
	struct bench_result result;
	int rc;

	if (!type)
		return -ERR_USAGE;
	b->n_rows++;
	if (b->dry)
		return 0;
	rc = bench_measure(&result, b->config, type, b->backend, b->options->seconds, b->err);
	if (rc)
		return error_wrap(b->err, "configuration %s with %s", b->config->name, name);
	if (!b->quiet)
		print_row(b, name, &result);
	add_json(b, name, &result);
	b->sgemm_sum += result.sgemm_gflops;
	return 0;
}

static int visit_config(void *context, const char *name)
{
	struct bench *b = context;

	b->config = find_config(name, b->err);
	return b->config ? each_name(b->options->optimizers, visit_optimizer, b) : -ERR_USAGE;
}

static int measure_all(struct bench *b)
{
	const struct backend_options use = {.threads = (int)b->options->threads};
	int rc = backend_open(&b->backend, b->options->backend, &use, b->err);

	if (rc)
		return rc;
	if (!b->quiet)
		print_head();
	json_open(&b->json, NULL, '[');
	rc = each_name(b->options->configs, visit_config, b);
	json_close(&b->json, ']');
	backend_close(b->backend);
	return rc;
}

static void print_json(const struct bench *b)
{
	struct json all = {0};

	json_open(&all, NULL, '{');
	json_real(&all, "sgemm_gflops", b->sgemm_sum / b->n_rows);
	json_integer(&all, "threads", b->options->threads);
	json_raw(&all, "configs", text_string(&b->json.text));
	json_close(&all, '}');
	puts(text_string(&all.text));
	json_release(&all);
}

static int run(struct command_line *line, struct error *err)
{
	struct bench b = {
		.options = line->options, .dry = true, .quiet = line->common.json, .err = err};
	int rc;

	if (b.options->calibrate)
		return bench_calibrate(line, (int)b.options->threads, err);
	if (line->n_arguments)
		return error_set(err, ERR_USAGE, "a sweep file is read with --calibrate only");
	rc = each_name(b.options->configs, visit_config, &b);
	if (rc)
		return rc;
	if (!b.n_rows)
		return error_set(err, ERR_USAGE,
				 "nothing to measure: 'config' or 'optimizer' is empty");
	b.dry = false;
	b.n_rows = 0;
	rc = measure_all(&b);
	if (!rc && line->common.json)
		print_json(&b);
	json_release(&b.json);
	return rc;
}

const struct command cmd_bench = {
	.name = "bench",
	.arguments = "[SPEC]",
	.max_arguments = 1,
	.summary = "training speed here, against this machine's own SGEMM peak",
	.examples = "muon-sweep bench\n"
		    "muon-sweep bench --config S,M --optimizer adamw,muon --seconds 5\n"
		    "muon-sweep bench --calibrate study.yaml\n",
	.details =
		"Trains on random tokens. GFLOP/s are nominal: 6 N_hidden + 12 L d T + 6 d V per\n"
		"token. SGEMM is the rate of one 1024 x 1024 x 1024 product, measured between\n"
		"the steps; the bound is the step's own products run alone. Numbers are medians\n"
		"over rounds, ratios too, so they may differ from the ratio of two medians.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.options_size = sizeof(struct bench_options),
	.run = run,
};
