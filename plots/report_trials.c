/* SPDX-License-Identifier: MIT
 *
 * Every trial, as a table that sorts and filters (report.js).  A column that no row has is left
 * out.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "plots/html.h"
#include "plots/report_parts.h"

static const struct trial_column {
	const char *title;
	size_t offset; /* in struct observation */
	const char *format;
} columns[] = {
	{"N", offsetof(struct observation, params), "%.0f"},
	{"D", offsetof(struct observation, tokens), "%.0f"},
	{"C", offsetof(struct observation, flops), "%.4g"},
	{"optimizer FLOPs", offsetof(struct observation, flops_optimizer), "%.4g"},
	{"d_model", offsetof(struct observation, d_model), "%.0f"},
	{"batch", offsetof(struct observation, batch_tokens), "%.0f"},
	{"steps", offsetof(struct observation, steps), "%.0f"},
	{"lr", offsetof(struct observation, lr), "%.4g"},
	{"weight decay", offsetof(struct observation, weight_decay), "%.4g"},
	{"seed", offsetof(struct observation, seed), "%.0f"},
	{"loss", offsetof(struct observation, loss), "%.4f"},
	{"test loss", offsetof(struct observation, test_loss), "%.4f"},
	{"bits/byte", offsetof(struct observation, bpb), "%.4f"},
	{"seconds", offsetof(struct observation, seconds), "%.4g"},
};

struct trial_table {
	const struct observations *rows;
	bool shown[ARRAY_SIZE(columns)];
	bool keys;
	struct text *out;
};

static double value_of(const struct observation *row, size_t column)
{
	return *(const double *)((const char *)row + columns[column].offset);
}

static void find_columns(struct trial_table *table)
{
	for (size_t i = 0; i < table->rows->n; i++) {
		const struct observation *row = &table->rows->rows[i];

		if (!report_is_trial(row))
			continue;
		for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
			table->shown[c] |= isfinite(value_of(row, c));
		table->keys |= row->trial_key != NULL;
	}
}

static void add_head(const struct trial_table *table)
{
	const char *titles[ARRAY_SIZE(columns) + 3];
	struct arena arena = {0};
	size_t n = 0;

	titles[n++] = "arm";
	titles[n++] = "state";
	for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
		if (table->shown[c])
			titles[n++] = arena_printf(&arena, "#%s", columns[c].title);
	if (table->keys)
		titles[n++] = "trial";
	html_table_head(table->out, titles, n);
	arena_release(&arena);
}

static void add_row(const struct trial_table *table, const struct observation *row)
{
	html_row_start(table->out, observation_arm(row));
	html_cell(table->out, row->state ? row->state : row->final ? "done" : "not final");
	for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
		if (table->shown[c])
			html_real(table->out, columns[c].format, value_of(row, c));
	if (table->keys) {
		text_add(table->out, "<td class=\"key\">");
		html_add_text(table->out, row->trial_key ? row->trial_key : "");
		text_add(table->out, "</td>");
	}
	html_row_end(table->out);
}

static void add_failure(const struct protocol_failure *failure, struct text *out)
{
	html_row_start(out, failure->label ? failure->label : "");
	html_cell(out, failure->state);
	html_real(out, "%.0f", failure->params);
	html_real(out, "%.4g", failure->lr);
	html_real(out, "%.0f", failure->step);
	html_real(out, "%.0f", failure->steps_total);
	html_cell(out, failure->reason ? failure->reason : "");
	html_row_end(out);
}

static void add_failures(const struct store_protocol *protocol, struct text *out)
{
	const char *const titles[] = {"arm",	       "state", "#N",	 "#lr",
				      "#reached step", "#of",	"reason"};

	if (!protocol || protocol->n_failures == 0)
		return;
	text_printf(out, "<h3>%zu that did not reach their end</h3>\n", protocol->n_failures);
	html_table_start(out, "", "");
	html_table_head(out, titles, ARRAY_SIZE(titles));
	for (size_t i = 0; i < protocol->n_failures; i++)
		add_failure(&protocol->failures[i], out);
	html_table_end(out);
}

void report_add_trials(const struct report_input *input, struct text *out)
{
	struct trial_table table = {.rows = input->rows, .out = out};

	text_add(out, "<section id=\"trials\" aria-labelledby=\"trials-title\">\n"
		      "<h2 id=\"trials-title\">Trials</h2>\n");
	text_printf(out,
		    "<p class=\"tools\"><label>Filter <input type=\"search\" id=\"filter\" "
		    "autocomplete=\"off\"></label> <output id=\"count\" for=\"filter\">%zu "
		    "trials</output></p>\n",
		    report_count_trials(input));
	find_columns(&table);
	html_table_start(out, "id=\"trial-table\"", "");
	add_head(&table);
	for (size_t i = 0; i < input->rows->n; i++)
		if (report_is_trial(&input->rows->rows[i]))
			add_row(&table, &input->rows->rows[i]);
	html_table_end(out);
	add_failures(input->protocol, out);
	text_add(out, "</section>\n");
}
