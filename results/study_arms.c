/* SPDX-License-Identifier: MIT
 *
 * Arms: rows that share the values of the columns of --group-by, by default their label or
 * optimizer.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "results/study_passes.h"

#define MAX_COLUMNS 4

/* The value of a column as text, "" where the row has none; false: no such column. */
static bool column_value(const struct observation *row, const char *column, struct text *value)
{
#define X(field, csv, ...)                                       \
	if (strcmp(column, csv) == 0) {                          \
		if (isfinite(row->field))                        \
			text_printf(value, "%.10g", row->field); \
		return true;                                     \
	}
	OBSERVATION_NUMBERS(X)
#undef X
#define X(field, csv, ...)                                     \
	if (strcmp(column, csv) == 0) {                        \
		text_add(value, row->field ? row->field : ""); \
		return true;                                   \
	}
	OBSERVATION_TEXTS(X)
#undef X
	return false;
}

static int unknown_column(const char *column, struct error *err)
{
	struct suggestion near;
	char hint[128];

	suggestion_start(&near, column);
#define X(field, csv, ...) suggestion_offer(&near, csv);
	OBSERVATION_NUMBERS(X)
	OBSERVATION_TEXTS(X)
#undef X
	if (near.best)
		return error_set(err, ERR_USAGE, "cannot group by '%s': no such column%s", column,
				 suggestion_text(&near, hint, sizeof(hint)));
	return error_set(
		err, ERR_USAGE,
		"cannot group by '%s': no such column; any column of a CSV makes arms with "
		"--map group=COLUMN",
		column);
}

struct grouping {
	char *columns[MAX_COLUMNS];
	size_t n;
	char *copy;
};

static int split_columns(struct grouping *grouping, const char *group_by, struct error *err)
{
	const struct observation row = {0};
	struct text unused = {0};
	char *rest = NULL;
	int result = 0;

	grouping->copy = xstrdup(group_by ? group_by : "");
	for (char *c = strtok_r(grouping->copy, ", ", &rest); c && !result;
	     c = strtok_r(NULL, ", ", &rest)) {
		if (grouping->n == MAX_COLUMNS)
			result = error_set(err, ERR_USAGE, "cannot group by more than %d columns",
					   MAX_COLUMNS);
		else if (!column_value(&row, c, &unused))
			result = unknown_column(c, err);
		else
			grouping->columns[grouping->n++] = c;
	}
	text_release(&unused);
	return result;
}

static void arm_texts(const struct grouping *grouping, const struct observation *row,
		      struct text *first, struct text *rest)
{
	text_clear(first);
	text_clear(rest);
	text_add(first, "");
	text_add(rest, "");
	if (grouping->n == 0)
		text_add(first, observation_arm(row));
	for (size_t i = 0; i < grouping->n; i++) {
		if (i > 1)
			text_add_char(rest, ' ');
		column_value(row, grouping->columns[i], i ? rest : first);
	}
}

static size_t find_or_add(struct study *study, size_t *capacity, const struct text *first,
			  const struct text *rest, const struct observation *row)
{
	struct study_arm *arm;

	for (size_t a = 0; a < study->n_arms; a++)
		if (strcmp(study->arms[a].first, first->data) == 0 &&
		    strcmp(study->arms[a].rest, rest->data) == 0)
			return a;
	study->arms = grow_array(study->arms, capacity, study->n_arms + 1, sizeof(*study->arms));
	arm = &study->arms[study->n_arms++];
	*arm = (struct study_arm){.first = arena_strdup(&study->arena, first->data),
				  .rest = arena_strdup(&study->arena, rest->data),
				  .optimizer = row->optimizer};
	arm->name = arm->rest[0] ? arena_printf(&study->arena, "%s %s", arm->first, arm->rest)
				 : arm->first;
	return study->n_arms - 1;
}

int study_assign_arms(struct study *study, const struct observations *set, const char *group_by,
		      size_t *arms, struct error *err)
{
	struct grouping grouping = {0};
	struct text first = {0}, rest = {0};
	size_t capacity = 0;
	int result = split_columns(&grouping, group_by, err);

	for (size_t i = 0; i < set->n && !result; i++) {
		arm_texts(&grouping, &set->rows[i], &first, &rest);
		arms[i] = find_or_add(study, &capacity, &first, &rest, &set->rows[i]);
	}
	text_release(&first);
	text_release(&rest);
	free(grouping.copy);
	return result;
}
