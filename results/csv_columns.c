/* SPDX-License-Identifier: MIT */
#include "results/csv_columns.h"

#include <string.h>

#include "base/text.h"

static int find_name(const struct csv_columns *columns, const char *name, size_t length)
{
	for (size_t i = 0; i < columns->n; i++)
		if (strlen(columns->names[i]) == length &&
		    memcmp(columns->names[i], name, length) == 0)
			return (int)i;
	return CSV_NO_COLUMN;
}

int csv_columns_index(const char *name)
{
	for (int i = 0; i < N_OBSERVATION_COLUMNS; i++)
		if (strcmp(observation_columns[i].name, name) == 0)
			return i;
	return CSV_NO_COLUMN;
}

/* Whether `name` is one of "a|b|c". */
static bool is_among(const char *aliases, const char *name)
{
	while (*aliases) {
		size_t length = strcspn(aliases, "|");

		if (strlen(name) == length && memcmp(aliases, name, length) == 0)
			return true;
		aliases += length + (aliases[length] == '|');
	}
	return false;
}

/* What `--map` calls a column: its name or an alias. */
static int index_of_any_name(const char *name)
{
	int found = csv_columns_index(name);

	for (int i = 0; i < N_OBSERVATION_COLUMNS && found < 0; i++)
		if (is_among(observation_columns[i].aliases, name))
			found = i;
	return found;
}

/* The exact name, else the first alias that is there. */
static int find_source(const struct csv_columns *columns, const struct observation_column *wanted)
{
	int found = find_name(columns, wanted->name, strlen(wanted->name));

	for (const char *alias = wanted->aliases; found < 0 && *alias;) {
		size_t length = strcspn(alias, "|");

		found = find_name(columns, alias, length);
		alias += length + (alias[length] == '|');
	}
	return found;
}

static int read_names(struct csv_columns *columns, const char *file,
		      const struct csv_record *header, struct arena *arena, struct error *err)
{
	const char *only = header->fields[0].text;
	size_t separator = header->n == 1 ? strcspn(only, ";\t|") : strlen(only);

	if (only[separator])
		return error_set(err, ERR_DATA, "%s:%ld: columns must be separated by ',', not %s",
				 file, header->line,
				 only[separator] == '\t'  ? "tabs"
				 : only[separator] == ';' ? "';'"
							  : "'|'");
	columns->names = arena_alloc(arena, header->n * sizeof(*columns->names));
	for (size_t i = 0; i < header->n; i++) {
		const char *name = header->fields[i].text;

		if (name[0] && find_name(columns, name, strlen(name)) >= 0)
			return error_set(err, ERR_DATA,
					 "%s:%ld: two columns are named '%s'; rename one", file,
					 header->line, name);
		columns->names[columns->n++] = arena_strdup(arena, name);
	}
	return 0;
}

/* "name=column" of `map`, of the given length. */
static int apply_map_item(struct csv_columns *columns, const char *file, const char *item,
			  size_t length, struct arena *arena, struct error *err)
{
	char *name = arena_printf(arena, "%.*s", (int)length, item);
	char *column = strchr(name, '=');
	struct suggestion near;
	char hint[128];
	int target, source;

	if (!column)
		return error_set(err, ERR_USAGE, "'--map' wants name=column, not '%s'", name);
	*column++ = '\0';
	target = index_of_any_name(name);
	suggestion_start(&near, name);
	for (int i = 0; i < N_OBSERVATION_COLUMNS; i++)
		suggestion_offer(&near, observation_columns[i].name);
	if (target < 0)
		return error_set(err, ERR_USAGE, "'--map' has no name '%s'%s", name,
				 suggestion_text(&near, hint, sizeof(hint)));
	source = find_name(columns, column, strlen(column));
	suggestion_start(&near, column);
	for (size_t i = 0; i < columns->n; i++)
		suggestion_offer(&near, columns->names[i]);
	if (source < 0)
		return error_set(err, ERR_USAGE, "'%s' has no column '%s' for '--map'%s", file,
				 column, suggestion_text(&near, hint, sizeof(hint)));
	columns->source[target] = source;
	if (columns->final == source) /* then it is no flag of that name */
		columns->final = CSV_NO_COLUMN;
	return 0;
}

int csv_columns_read(struct csv_columns *columns, const char *file, const struct csv_record *header,
		     const char *map, struct arena *arena, struct error *err)
{
	int result;

	*columns = (struct csv_columns){0};
	result = read_names(columns, file, header, arena, err);
	if (result)
		return result;
	columns->final = find_name(columns, "final", strlen("final"));
	for (int i = 0; i < N_OBSERVATION_COLUMNS; i++)
		columns->source[i] = find_source(columns, &observation_columns[i]);
	for (const char *item = map; !result && item && *item;) {
		size_t length = strcspn(item, ",");

		result = apply_map_item(columns, file, item, length, arena, err);
		item += length + (item[length] == ',');
	}
	return result;
}

bool csv_columns_has(const struct csv_columns *columns, const char *name)
{
	return columns->source[csv_columns_index(name)] >= 0;
}

static bool can_derive(const struct csv_columns *columns, const char *name)
{
	if (strcmp(name, "steps") == 0)
		return csv_columns_has(columns, "tokens") &&
		       csv_columns_has(columns, "batch_tokens");
	return strcmp(name, "flops") == 0 &&
	       (csv_columns_has(columns, "flops_6nd") ||
		(csv_columns_has(columns, "params") && csv_columns_has(columns, "tokens")));
}

static int refuse_missing(const struct csv_columns *columns, const char *file, const char *name,
			  struct error *err)
{
	const char *aliases = observation_columns[csv_columns_index(name)].aliases;
	bool costs = strcmp(name, "loss") == 0 && csv_columns_has(columns, "batch_tokens") &&
		     (csv_columns_has(columns, "steps") || csv_columns_has(columns, "tokens"));
	struct text known = {0};
	int result;

	for (size_t i = 0; i < columns->n; i++)
		text_printf(&known, "%s'%s'", i ? ", " : "", columns->names[i]);
	result = error_set(
		err, ERR_DATA,
		"%s:1: no column '%s'%s%s%s; there are %s; name one with --map %s=COLUMN%s", file,
		name, aliases[0] ? " (or " : "", aliases, aliases[0] ? ")" : "",
		text_string(&known), name,
		costs ? ", or fit what batches need for a target with --law critical_batch" : "");
	text_release(&known);
	return result;
}

int csv_columns_check(const struct csv_columns *columns, const char *file,
		      const char *const *needed, struct error *err)
{
	for (; needed && *needed; needed++)
		if (!csv_columns_has(columns, *needed) && !can_derive(columns, *needed))
			return refuse_missing(columns, file, *needed, err);
	return 0;
}

bool csv_columns_ignored(const struct csv_columns *columns, int column)
{
	for (int i = 0; i < N_OBSERVATION_COLUMNS; i++)
		if (columns->source[i] == column)
			return false;
	return columns->final != column;
}
