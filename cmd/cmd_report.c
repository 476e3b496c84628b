/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "cmd/command.h"
#include "cmd/fit_output.h"
#include "cmd/material.h"
#include "cmd/shell_word.h"
#include "cmd/study_options.h"
#include "cmd/telemetry_load.h"
#include "plots/report.h"

struct report_options {
	const char *output;
	struct study_flags study;
};

#define FIELD(name) offsetof(struct report_options, name)

static const struct key options[] = {
	{"o", KEY_TEXT, FIELD(output), 0, 0, 0, NULL, "report.html", "FILE", "the page"},
	STUDY_KEYS(FIELD(study)),
};

/* What the page is made of, and what it borrows from. */
struct making {
	struct material ends, curves;
	struct store_protocol protocol;
	struct report_figure *figures;
	struct telemetry telemetry;
	struct text flags, fit_json, unhashed;
	size_t n_dropped; /* rows of a CSV */
	struct report_input input;
};

static void release(struct making *making)
{
	report_figures_release(making->figures, making->input.n_figures);
	material_release(&making->ends);
	material_release(&making->curves);
	store_protocol_release(&making->protocol);
	telemetry_release(&making->telemetry);
	text_release(&making->flags);
	text_release(&making->fit_json);
	text_release(&making->unhashed);
}

static bool from_csv(const struct report_options *own)
{
	return own->study.csv[0] != '\0';
}

/* Curves are the rows of the CSV too, read once more unless it is a pipe. */
static int load(struct command_line *line, struct making *making, struct error *err)
{
	const struct report_options *own = line->options;
	enum log_level level = log_level();
	size_t n_again;
	int result = study_load(line, &own->study, false, NULL, &making->ends.rows,
				&making->n_dropped, err);

	if (result || strcmp(own->study.csv, "-") == 0)
		return result;
	if (from_csv(own))
		log_set_level(LOG_QUIET); /* what was not read has been told */
	result = study_load(line, &own->study, true, NULL, &making->curves.rows, &n_again, err);
	log_set_level(level);
	return result;
}

/* The backtest needs a budget more than the laws, and must not cost them. */
static int fit(struct making *making, struct fit_options *how, struct error *err)
{
	int result;

	how->holdout = 1;
	result = material_fit(&making->ends, how, err);
	if (!result && !making->ends.fitted) {
		how->holdout = 0;
		text_clear(&making->ends.unfitted);
		result = material_fit(&making->ends, how, err);
	}
	if (!result && !making->ends.fitted)
		result = material_select(&making->ends, &how->study, false, err);
	if (!result && making->ends.fitted)
		fit_add_json(&making->ends.report, making->n_dropped, &making->fit_json);
	return result;
}

static int read_protocol(const struct command_line *line, struct making *making, struct error *err)
{
	const struct report_options *own = line->options;
	struct store *store;
	int result = store_open(&store, line->common.db, STORE_READ, err);

	if (!result)
		result = store_protocol_read(store, own->study.sweep[0] ? own->study.sweep : NULL,
					     &making->protocol, err);
	store_close(store);
	if (!result)
		making->input.protocol = &making->protocol;
	return result;
}

/* A page without a hash says so by its absence. */
static void hash_source(struct making *making, const char *path)
{
	struct file_map map;
	struct sha256 hash;
	struct stat wal;
	struct text name = {0};

	if (strcmp(path, "-") == 0 || file_map_open(&map, path, NULL))
		return;
	sha256_start(&hash);
	sha256_add(&hash, map.data, map.size);
	sha256_finish(&hash, making->input.sha256);
	file_map_close(&map);
	text_printf(&name, "%s-wal", path);
	if (stat(name.data, &wal) == 0 && wal.st_size > 0) {
		text_printf(&making->unhashed, "the newest rows, in '%s'", name.data);
		making->input.unhashed = making->unhashed.data;
	}
	text_release(&name);
}

/* The file of the rows comes first in the command that reads them again. */
static void tell_flags(const struct command_line *line, struct making *making)
{
	const struct report_options *own = line->options;

	if (!from_csv(own)) {
		text_add(&making->flags, " --db ");
		shell_add_path(&making->flags, line->common.db);
	}
	study_add_flags(&own->study, &making->flags);
	making->input.flags = text_string(&making->flags);
}

/* A store may have no telemetry, and then its figure says so. */
static void read_telemetry(const struct command_line *line, struct making *making,
			   struct figure_input *input)
{
	const struct report_options *own = line->options;

	if (from_csv(own) || !input->study)
		return;
	if (!telemetry_load(line->common.db, REPORT_METRIC, input, &making->telemetry, NULL))
		input->telemetry = &making->telemetry;
}

static void draw_figures(const struct command_line *line, struct making *making,
			 const struct fit_options *how)
{
	struct figure_input ends = material_input(&making->ends, how);
	struct figure_input curves;

	read_telemetry(line, making, &ends);
	curves = ends;
	if (making->curves.rows.n)
		curves.rows = &making->curves.rows;
	making->input.n_figures = report_draw_figures(&ends, &curves, &making->figures);
	making->input.figures = making->figures;
	making->input.study = ends.study;
	for (size_t i = 0; i < making->input.n_figures; i++)
		if (making->figures[i].undrawn.length) {
			log_warn("figure '%s' and others were not drawn: %s",
				 making->figures[i].figure->name,
				 text_string(&making->figures[i].undrawn));
			break;
		}
}

/* A page of nothing is no page. */
static int check_content(const struct making *making, struct error *err)
{
	const struct material *ends = &making->ends;

	if (ends->fitted)
		return 0;
	for (size_t i = 0; i < making->input.n_figures; i++)
		if (!making->figures[i].unavailable.length) {
			log_warn("nothing was fitted: %s", text_string(&ends->unfitted));
			return 0;
		}
	return error_set(err, ERR_DATA, "there is nothing to report: %s",
			 text_string(&ends->unfitted));
}

static void fill(struct making *making, const char *date)
{
	struct material *ends = &making->ends;

	making->input.rows = &ends->rows;
	making->input.fit = ends->fitted ? &ends->report : NULL;
	making->input.unfitted = ends->unfitted.data;
	making->input.fit_json = making->fit_json.data;
	making->input.law_json = fit_add_law_json;
	making->input.date = date;
}

static int write_page(const struct making *making, const char *path, struct error *err)
{
	struct text page = {0};
	int result;

	report_write(&making->input, &page);
	result = file_write(path, page.data, page.length, err);
	if (!result)
		log_info("wrote '%s'", path);
	text_release(&page);
	return result;
}

static int run(struct command_line *line, struct error *err)
{
	const struct report_options *own = line->options;
	struct fit_options how = study_fit_options(&own->study);
	const time_t now = time(NULL);
	struct making making = {.input = {.study = NULL}};
	char date[32] = "";
	int result = load(line, &making, err);

	strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", gmtime(&now));
	if (!result)
		result = fit(&making, &how, err);
	if (!result && !from_csv(own))
		result = read_protocol(line, &making, err);
	if (!result) {
		tell_flags(line, &making);
		hash_source(&making, making.ends.rows.source);
		draw_figures(line, &making, &how);
		result = check_content(&making, err);
	}
	if (!result) {
		fill(&making, date);
		result = write_page(&making, own->output, err);
	}
	release(&making);
	return result;
}

const struct command cmd_report = {
	.name = "report",
	.arguments = "",
	.summary = "one self-contained HTML page: answer, figures, laws, protocol, trials",
	.examples = "muon-sweep report -o report.html\n"
		    "muon-sweep report --sweep quickstart --bootstrap 4000\n",
	.details = "The page needs no network and no other file.  Its options are those of 'fit'; "
		   "every figure\nsays which command draws it again.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.options_size = sizeof(struct report_options),
	.run = run,
};
