/* SPDX-License-Identifier: MIT
 *
 * Two passes where there is a condition: the first, over a copy of the text, puts every row
 * before it, the second makes observations of the rows that passed.
 */
#include "results/csv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/text.h"
#include "results/csv_columns.h"
#include "results/csv_record.h"
#include "results/filter.h"
#include "results/store.h"

/* What one pass works with. */
struct reader {
	const char *name; /* of the file, for messages */
	const struct csv_options *options;
	struct csv_columns columns;
	struct csv_cursor cursor;
	struct csv_record record;
	bool needed[N_OBSERVATION_COLUMNS];
	bool has_flops, has_flops_6nd;
	struct csv_report *report;
};

static const char *value_at(const struct reader *reader, int column)
{
	const struct csv_field *field = &reader->record.fields[column];

	return field->text[0] || field->quoted ? field->text : NULL;
}

static bool is_missing(const char *value)
{
	static const char *const words[] = {"NA", "N/A", "null", "none"};

	for (size_t i = 0; value && i < ARRAY_SIZE(words); i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return !value || !value[0];
}

/* NULL and the number, or what is wrong with the value. */
static const char *read_number(const char *value, double *number)
{
	char *end = NULL;

	if (value)
		*number = strtod(value, &end);
	if (!value || end == value || *end || strpbrk(value, "xX"))
		return is_missing(value) ? "is missing" : "is no number";
	if (!isfinite(*number))
		return "is not finite";
	return *number < 0 ? "is not positive" : NULL;
}

static void add_fault(struct csv_report *report, struct csv_fault fault)
{
	report->faults = grow_array(report->faults, &report->capacity, report->n_faults + 1,
				    sizeof(*report->faults));
	fault.value = arena_strdup(&report->arena, fault.value ? fault.value : "");
	report->faults[report->n_faults++] = fault;
}

/* Whether a row is an end, and so must have what is needed. */
static int read_final(const struct reader *reader, const struct observation *row, bool *final,
		      struct error *err)
{
	const char *value =
		reader->columns.final >= 0 ? value_at(reader, reader->columns.final) : NULL;

	*final = true;
	if (value && (strcmp(value, "0") == 0 || strcmp(value, "1") == 0))
		*final = value[0] == '1';
	else if (value && !parse_bool(value, final))
		return error_set(err, ERR_DATA, "%s:%ld: 'final' must be 0 or 1, not '%s'",
				 reader->name, reader->record.line, value);
	for (int state = 0; row->state && state < TRIAL_N_STATES; state++)
		if (state != TRIAL_done &&
		    strcmp(row->state, trial_state_name((enum trial_state)state)) == 0)
			*final = false;
	return 0;
}

static void read_texts(const struct reader *reader, struct observations *set,
		       struct observation *row)
{
	struct observation *last = set->n > 1 ? row - 1 : row;

	for (int i = N_OBSERVATION_NUMBERS; i < N_OBSERVATION_COLUMNS; i++) {
		const struct observation_column *column = &observation_columns[i];
		const char **text = observation_text(row, column);
		const char *before = *observation_text(last, column);
		int source = reader->columns.source[i];
		const char *value = source >= 0 ? value_at(reader, source) : NULL;

		if (value)
			*text = before && strcmp(before, value) == 0
					? before
					: arena_strdup(&set->arena, value);
	}
}

/* Faults are noted; returns whether the row can be kept. */
static bool read_numbers(struct reader *reader, struct observation *row)
{
	bool keep = true;

	for (int i = 0; i < N_OBSERVATION_NUMBERS; i++) {
		int source = reader->columns.source[i];
		const char *value = source >= 0 ? value_at(reader, source) : NULL;
		bool needed = reader->needed[i] && row->final;
		double number = (double)NAN;
		const char *why = source >= 0 ? read_number(value, &number) : NULL;

		if (!why && needed && number == 0)
			why = "is not positive";
		if (!why)
			*observation_number(row, &observation_columns[i]) = number;
		else if (needed || !is_missing(value))
			add_fault(reader->report,
				  (struct csv_fault){row->line, observation_columns[i].name, value,
						     why, needed});
		keep = keep && !(why && needed);
	}
	return keep;
}

static void derive_flops(const struct reader *reader, struct observation *row)
{
	if (!reader->has_flops_6nd)
		row->flops_6nd = 6 * row->params * row->tokens;
	if (!reader->has_flops)
		row->flops = row->flops_6nd;
}

static int add_row(struct reader *reader, struct observations *set, struct error *err)
{
	struct observation *row = observations_add(set);
	int result;

	row->line = reader->record.line;
	read_texts(reader, set, row);
	result = read_final(reader, row, &row->final, err);
	if (result)
		return result;
	if (!read_numbers(reader, row)) {
		reader->report->n_dropped++;
		set->n--;
		return 0;
	}
	derive_flops(reader, row);
	return 0;
}

/* The next row of data; 0 at the end.  ERR_DATA. */
static int next_row(struct reader *reader, struct error *err)
{
	int more = csv_record_next(&reader->cursor, &reader->record, err);

	if (more > 0 && reader->record.n != reader->columns.n)
		return error_set(err, ERR_DATA, "%s:%ld: %zu field%s where the header has %zu",
				 reader->name, reader->record.line, reader->record.n,
				 reader->record.n == 1 ? "" : "s", reader->columns.n);
	return more;
}

static int read_header(struct reader *reader, struct arena *arena, struct error *err)
{
	int more = csv_record_next(&reader->cursor, &reader->record, err);
	int result;

	if (more < 0)
		return more;
	if (more == 0)
		return error_set(err, ERR_DATA, "'%s' is empty; a header and rows are expected",
				 reader->name);
	result = csv_columns_read(&reader->columns, reader->name, &reader->record,
				  reader->options->map, arena, err);
	if (!result)
		result = csv_columns_check(&reader->columns, reader->name, reader->options->needed,
					   err);
	reader->has_flops = csv_columns_has(&reader->columns, "flops");
	reader->has_flops_6nd = csv_columns_has(&reader->columns, "flops_6nd");
	return result;
}

static int fill_filter(struct reader *reader, struct filter *filter, struct error *err)
{
	const char **values = xcalloc(reader->columns.n, sizeof(*values));
	int more;

	for (int i = 0; i < N_OBSERVATION_COLUMNS; i++)
		if (reader->columns.source[i] >= 0)
			filter_alias(filter, observation_columns[i].name,
				     (size_t)reader->columns.source[i]);
	while ((more = next_row(reader, err)) > 0) {
		for (size_t i = 0; i < reader->columns.n; i++)
			values[i] = value_at(reader, (int)i);
		more = filter_add(filter, values, err);
		if (more < 0)
			break;
		reader->report->n_rows++;
	}
	free(values);
	return more;
}

/* The first pass, over a copy of the text behind the header: (*keep)[i] for row i. */
static int select_rows(const struct reader *main_reader, bool **keep, struct error *err)
{
	struct reader reader = *main_reader;
	size_t size = (size_t)(reader.cursor.end - reader.cursor.at);
	char *copy = xstrndup(reader.cursor.at, size);
	struct filter *filter = NULL;
	int result;

	reader.record = (struct csv_record){0};
	reader.cursor.at = copy;
	reader.cursor.end = copy + size;
	result = filter_open(&filter, reader.columns.names, reader.columns.n, err);
	if (!result)
		result = fill_filter(&reader, filter, err);
	*keep = xcalloc(reader.report->n_rows, sizeof(**keep));
	if (!result)
		result = filter_select(filter, reader.options->where, *keep, err);
	filter_close(filter);
	csv_record_release(&reader.record);
	free(copy);
	return result;
}

static int read_rows(struct reader *reader, const bool *keep, struct observations *set,
		     struct error *err)
{
	struct csv_report *report = reader->report;
	int more;

	report->n_rows = 0;
	while ((more = next_row(reader, err)) > 0) {
		bool selected = !keep || keep[report->n_rows];

		report->n_rows++;
		report->n_selected += selected;
		more = selected ? add_row(reader, set, err) : 0;
		if (more < 0)
			break;
	}
	if (more == 0 && report->n_rows == 0)
		return error_set(err, ERR_DATA, "'%s' has a header and no rows", reader->name);
	return more;
}

/* What --where asks for is read, though nothing else is made of it. */
static void list_ignored(struct reader *reader)
{
	struct csv_report *report = reader->report;
	const char *where = reader->options->where ? reader->options->where : "";

	report->ignored = xcalloc(reader->columns.n, sizeof(*report->ignored));
	for (size_t i = 0; i < reader->columns.n; i++)
		if (csv_columns_ignored(&reader->columns, (int)i) && reader->columns.names[i][0] &&
		    !strstr(where, reader->columns.names[i]))
			report->ignored[report->n_ignored++] = reader->columns.names[i];
}

/* Derived FLOPs need what they are derived from. */
static void need(struct reader *reader, const char *name)
{
	reader->needed[csv_columns_index(name)] = true;
	if (strcmp(name, "steps") == 0 && !csv_columns_has(&reader->columns, name)) {
		need(reader, "tokens");
		need(reader, "batch_tokens");
	}
	if (strcmp(name, "flops") != 0 || reader->has_flops)
		return;
	if (reader->has_flops_6nd) {
		need(reader, "flops_6nd");
	} else {
		need(reader, "params");
		need(reader, "tokens");
	}
}

static int read_text(struct reader *reader, struct observations *set, struct error *err)
{
	const char *const *needed = reader->options->needed;
	const char *where = reader->options->where;
	bool *keep = NULL;
	int result = read_header(reader, &reader->report->arena, err);

	if (result)
		return result;
	for (; needed && *needed; needed++)
		need(reader, *needed);
	list_ignored(reader);
	if (where && where[0])
		result = select_rows(reader, &keep, err);
	if (!result)
		result = read_rows(reader, keep, set, err);
	free(keep);
	return result;
}

/* A NUL would end a field early. */
static int refuse_binary(const char *name, const struct text *text, struct error *err)
{
	const char *nul = text->length ? memchr(text->data, '\0', text->length) : NULL;
	long line = 1;

	if (!nul)
		return 0;
	for (const char *c = text->data; c < nul; c++)
		line += *c == '\n';
	return error_set(err, ERR_DATA, "%s:%ld: a NUL byte; save the file as UTF-8 text", name,
			 line);
}

int csv_observations(const char *path, const struct csv_options *options, struct observations *set,
		     struct csv_report *report, struct error *err)
{
	bool from_stdin = strcmp(path, "-") == 0;
	struct reader reader = {
		.name = from_stdin ? "stdin" : path, .options = options, .report = report};
	struct text text = {0};
	int result = file_read(&text, from_stdin ? "/dev/stdin" : path, err);

	if (!result)
		result = refuse_binary(reader.name, &text, err);
	if (!result) {
		text_add(&text, "");
		csv_cursor_start(&reader.cursor, reader.name, text.data, text.length);
		set->source = arena_strdup(&set->arena, reader.name);
		result = read_text(&reader, set, err);
	}
	csv_record_release(&reader.record);
	text_release(&text);
	return result;
}
