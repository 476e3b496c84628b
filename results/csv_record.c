/* SPDX-License-Identifier: MIT
 *
 * Each field is terminated where it lies: the byte after it, a comma, a line end or a closing
 * quote, has been read by then.
 */
#include "results/csv_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void csv_cursor_start(struct csv_cursor *cursor, const char *name, char *text, size_t size)
{
	size_t mark = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	*cursor = (struct csv_cursor){name, text + mark, text + size, 1};
}

void csv_record_release(struct csv_record *record)
{
	free(record->fields);
	*record = (struct csv_record){0};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* '\r' counts as a line end where '\n' or the end follows. */
static bool at_line_end(const struct csv_cursor *cursor)
{
	return cursor->at == cursor->end || *cursor->at == '\n' ||
	       (*cursor->at == '\r' && (cursor->at + 1 == cursor->end || cursor->at[1] == '\n'));
}

static int refuse(const struct csv_cursor *cursor, long line, const char *what, struct error *err)
{
	return error_set(err, ERR_DATA, "%s:%ld: %s", cursor->name, line, what);
}

/* Behind the opening quote; ends behind the closing one. */
static int read_quoted(struct csv_cursor *cursor, struct csv_field *field, struct error *err)
{
	long opened = cursor->line;
	char *to = cursor->at;

	field->text = to;
	for (; cursor->at < cursor->end; cursor->at++) {
		if (*cursor->at == '"' && *++cursor->at != '"') {
			*to = '\0';
			return 0;
		}
		cursor->line += *cursor->at == '\n';
		*to++ = *cursor->at;
	}
	return refuse(cursor, opened, "a quote is opened here and never closed", err);
}

static void read_plain(struct csv_cursor *cursor, struct csv_field *field, char **last)
{
	field->text = cursor->at;
	while (*cursor->at != ',' && !at_line_end(cursor))
		cursor->at++;
	*last = cursor->at;
	while (*last > field->text && is_blank((*last)[-1]))
		--*last;
}

/* One field and the comma or line end behind it; *more tells whether another field follows. */
static int read_field(struct csv_cursor *cursor, struct csv_field *field, bool *more,
		      struct error *err)
{
	char *last = NULL;
	int result;

	while (is_blank(*cursor->at))
		cursor->at++;
	field->quoted = *cursor->at == '"';
	if (field->quoted) {
		cursor->at++;
		result = read_quoted(cursor, field, err);
		if (result)
			return result;
		while (is_blank(*cursor->at))
			cursor->at++;
	} else {
		read_plain(cursor, field, &last);
	}
	*more = *cursor->at == ',';
	if (!*more && !at_line_end(cursor))
		return refuse(cursor, cursor->line, "text behind a closing quote", err);
	if (!*more && *cursor->at == '\r')
		cursor->at++;
	cursor->line += !*more;
	if (cursor->at < cursor->end)
		cursor->at++;
	if (last)
		*last = '\0';
	return 0;
}

static int read_record(struct csv_cursor *cursor, struct csv_record *record, struct error *err)
{
	bool more = true;
	int result = 0;

	record->n = 0;
	record->line = cursor->line;
	while (!result && more) {
		record->fields = grow_array(record->fields, &record->capacity, record->n + 1,
					    sizeof(*record->fields));
		result = read_field(cursor, &record->fields[record->n++], &more, err);
	}
	return result;
}

int csv_record_next(struct csv_cursor *cursor, struct csv_record *record, struct error *err)
{
	int result;

	while (cursor->at < cursor->end) {
		result = read_record(cursor, record, err);
		if (result)
			return result;
		if (record->n > 1 || record->fields[0].quoted || record->fields[0].text[0])
			return 1;
	}
	return 0;
}
