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

/* The digits of one column's last number: neighbours are mostly of one trial, and most of what
 * they say is the same. */
struct digits {
	double number;
	struct text text;
};

static void add_number(struct text *out, double number, struct digits *last)
{
	if (!last->text.length || memcmp(&number, &last->number, sizeof(number)) != 0) {
		text_clear(&last->text);
		json_add_real(&last->text, number);
		last->number = number;
	}
	text_add_bytes(out, last->text.data, last->text.length);
}

static void digits_release(struct digits digits[N_OBSERVATION_COLUMNS])
{
	for (int i = 0; i < N_OBSERVATION_COLUMNS; i++)
		text_release(&digits[i].text);
}

static void add_csv_row(struct text *out, struct observation *row,
			struct digits last[N_OBSERVATION_COLUMNS])
{
	for (int i = 0; i < N_OBSERVATION_COLUMNS; i++) {
		const struct observation_column *column = &observation_columns[i];
		double number = column->is_text ? (double)NAN : *observation_number(row, column);
		const char *text = column->is_text ? *observation_text(row, column) : NULL;

		if (text)
			add_csv_text(out, text);
		else if (isfinite(number))
			add_number(out, number, &last[i]);
		text_add_char(out, ',');
	}
	text_add(out, row->final ? "1\n" : "0\n");
}

void export_csv(const struct observations *set, struct text *out)
{
	struct digits last[N_OBSERVATION_COLUMNS] = {0};

	for (int i = 0; i < N_OBSERVATION_COLUMNS; i++)
		text_printf(out, "%s,", observation_columns[i].name);
	text_add(out, "final\n");
	for (size_t i = 0; i < set->n; i++)
		add_csv_row(out, &set->rows[i], last);
	digits_release(last);
}

static void add_json_number(struct json *j, const char *name, double number, struct digits *last)
{
	json_raw(j, name, "");
	add_number(&j->text, number, last);
}

static void add_json_row(struct json *j, struct observation *row,
			 struct digits last[N_OBSERVATION_COLUMNS])
{
	json_open(j, NULL, '{');
	for (int i = 0; i < N_OBSERVATION_COLUMNS; i++) {
		const struct observation_column *column = &observation_columns[i];

		if (column->is_text && *observation_text(row, column))
			json_text(j, column->name, *observation_text(row, column));
		else if (!column->is_text && isfinite(*observation_number(row, column)))
			add_json_number(j, column->name, *observation_number(row, column),
					&last[i]);
	}
	json_bool(j, "final", row->final);
	json_close(j, '}');
}

void export_jsonl(const struct observations *set, struct text *out)
{
	struct digits last[N_OBSERVATION_COLUMNS] = {0};
	struct json j = {0};

	for (size_t i = 0; i < set->n; i++) {
		j.need_comma = false;
		add_json_row(&j, &set->rows[i], last);
		text_add_char(&j.text, '\n');
	}
	text_add_bytes(out, text_string(&j.text), j.text.length);
	json_release(&j);
	digits_release(last);
}
