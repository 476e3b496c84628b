/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/command.h"
#include "results/export.h"
#include "results/store.h"

enum { FORMAT_CSV, FORMAT_JSONL };

struct export_options {
	bool curves;
	int format;
	const char *sweep, *where, *output;
};

#define FIELD(name) offsetof(struct export_options, name)

static const struct key_choice formats[] = {
	[FORMAT_CSV] = {"csv", NULL, "a header and rows"},
	[FORMAT_JSONL] = {"jsonl", NULL, "one JSON object per line"},
	{0},
};

static const struct key keys[] = {
	{"curves", KEY_BOOL, FIELD(curves), 0, 0, 0, NULL, "no", NULL,
	 "every recorded evaluation, not only the ends"},
	{"format", KEY_CHOICE, FIELD(format), 0, 0, 0, formats, "csv", "FORMAT", "of the output"},
	{"sweep", KEY_TEXT, FIELD(sweep), 0, 0, 0, NULL, "", "NAME", "only this sweep"},
	{"where", KEY_TEXT, FIELD(where), 0, 0, 0, NULL, "", "SQL",
	 "only rows that fulfil a condition over the columns of loss_vs_flops"},
	{"o", KEY_TEXT, FIELD(output), 0, 0, 0, NULL, "", "FILE", "instead of standard output"},
};

static int write_out(const struct observations *set, const struct export_options *options,
		     struct error *err)
{
	struct text out = {0};
	int result = 0;

	if (options->format == FORMAT_CSV)
		export_csv(set, &out);
	else
		export_jsonl(set, &out);
	if (options->output[0])
		result = file_write(options->output, text_string(&out), out.length, err);
	else
		fwrite(text_string(&out), 1, out.length, stdout);
	if (!result && options->output[0])
		log_info("wrote %zu row%s to '%s'", set->n, set->n == 1 ? "" : "s",
			 options->output);
	text_release(&out);
	return result;
}

static int run(struct command_line *line, struct error *err)
{
	const struct export_options *options = line->options;
	struct store_query query = {
		.sweep = options->sweep[0] ? options->sweep : NULL,
		.where = options->where,
		.curves = options->curves,
		.no_buckets = true,
	};
	struct observations set = {0};
	struct store *store;
	int result = store_open(&store, line->common.db, STORE_READ, err);

	if (!result)
		result = store_observations(store, &query, &set, err);
	if (!result)
		result = write_out(&set, options, err);
	observations_release(&set);
	store_close(store);
	return result;
}

const struct command cmd_export = {
	.name = "export",
	.arguments = "",
	.summary = "trials or curves as csv or jsonl",
	.examples = "muon-sweep export -o trials.csv\n"
		    "muon-sweep export --curves --format jsonl --where \"label = 'muon'\"\n",
	.details = "One row per trial, its end; diverged trials are there with final = 0.  The csv "
		   "is\n"
		   "what 'fit --csv' and 'plot --csv' read.",
	.options = keys,
	.n_options = ARRAY_SIZE(keys),
	.options_size = sizeof(struct export_options),
	.run = run,
};
