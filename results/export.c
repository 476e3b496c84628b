/* SPDX-License-Identifier: MIT */
#include "results/export.h"

#include <math.h>
#include <string.h>

#include "base/json.h"

static void add_csv_text(struct text *out, const char *value)
{
	size_t length = strlen(value);
	bool quote = length == 0 || strpbrk(value, ",\"\r\n") || strchr(" \t", value[0]) ||
		     strchr(" \t", value[length - 1]);

	if (!quote) {
		text_add(out, value);
		return;
	}
	text_add_char(out, '"');
	for (const char *c = value; *c; c++) {
		if (*c == '"')
			text_add_char(out, '"');
		text_add_char(out, *c);
	}
	text_add_char(out, '"');
}

static void add_csv_row(struct text *out, struct observation *row)
{
	for (int i = 0; i < N_OBSERVATION_COLUMNS; i++) {
		const struct observation_column *column = &observation_columns[i];
		double number = column->is_text ? (double)NAN : *observation_number(row, column);
		const char *text = column->is_text ? *observation_text(row, column) : NULL;

		if (text)
			add_csv_text(out, text);
		else if (isfinite(number))
			json_add_real(out, number);
		text_add_char(out, ',');
	}
	text_add(out, row->final ? "1\n" : "0\n");
}

void export_csv(const struct observations *set, struct text *out)
{
	for (int i = 0; i < N_OBSERVATION_COLUMNS; i++)
		text_printf(out, "%s,", observation_columns[i].name);
	text_add(out, "final\n");
	for (size_t i = 0; i < set->n; i++)
		add_csv_row(out, &set->rows[i]);
}

static void add_json_row(struct json *j, struct observation *row)
{
	json_open(j, NULL, '{');
	for (int i = 0; i < N_OBSERVATION_COLUMNS; i++) {
		const struct observation_column *column = &observation_columns[i];

		if (column->is_text && *observation_text(row, column))
			json_text(j, column->name, *observation_text(row, column));
		else if (!column->is_text && isfinite(*observation_number(row, column)))
			json_real(j, column->name, *observation_number(row, column));
	}
	json_bool(j, "final", row->final);
	json_close(j, '}');
}

void export_jsonl(const struct observations *set, struct text *out)
{
	struct json j = {0};

	for (size_t i = 0; i < set->n; i++) {
		j.need_comma = false;
		add_json_row(&j, &set->rows[i]);
		text_add_char(&j.text, '\n');
	}
	text_add(out, text_string(&j.text));
	json_release(&j);
}
