/* SPDX-License-Identifier: MIT */
#include "base/key.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

static void *field_of(const struct key *key, void *options)
{
	return (char *)options + key->offset;
}

static const void *const_field_of(const struct key *key, const void *options)
{
	return (const char *)options + key->offset;
}

static bool in_range(const struct key *key, double value)
{
	return value <= key->max && (key->above_min ? value > key->min : value >= key->min);
}

static int refuse(const struct key *key, const char *text, struct error *err)
{
	struct text wanted = {0};
	int result;

	key_describe(key, &wanted);
	result = error_set(err, ERR_USAGE, "'%s' must be %s, not '%s'", key->name,
			   text_string(&wanted), text);
	text_release(&wanted);
	return result;
}

static int set_choice(const struct key *key, int *field, const char *text, struct error *err)
{
	struct suggestion near;
	struct text names = {0};
	char hint[128];
	int result;

	suggestion_start(&near, text);
	for (int i = 0; key->choices[i].name; i++) {
		const struct key_choice *choice = &key->choices[i];

		if (strcmp(choice->name, text) == 0 ||
		    (choice->alias && strcmp(choice->alias, text) == 0)) {
			*field = i;
			text_release(&names);
			return 0;
		}
		text_printf(&names, "%s%s", i ? ", " : "", choice->name);
		suggestion_offer(&near, choice->name);
	}
	result = error_set(err, ERR_USAGE, "'%s' must be one of %s, not '%s'%s", key->name,
			   names.data, text, suggestion_text(&near, hint, sizeof(hint)));
	text_release(&names);
	return result;
}

/* One end of "[a, b]"; `open` is what null stands for, NAN where it may not stand. */
static bool parse_end(const char *from, const char *to, double open, double *value)
{
	char word[64];
	size_t length;

	while (from < to && isspace((unsigned char)*from))
		from++;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	length = (size_t)(to - from);
	if (length == 0 || length >= sizeof(word))
		return false;
	memcpy(word, from, length);
	word[length] = '\0';
	if (!isnan(open) && (strcmp(word, "null") == 0 || strcmp(word, "~") == 0)) {
		*value = open;
		return true;
	}
	return parse_real(word, value);
}

static bool parse_two(const struct key *key, const char *text, double values[2])
{
	bool range = key->type == KEY_RANGE;
	size_t length = strlen(text);
	const char *comma = strchr(text, ',');

	if (length < 2 || text[0] != '[' || text[length - 1] != ']' || !comma)
		return false;
	if (!parse_end(text + 1, comma, range ? -HUGE_VAL : (double)NAN, &values[0]) ||
	    !parse_end(comma + 1, text + length - 1, range ? HUGE_VAL : (double)NAN, &values[1]))
		return false;
	for (int i = 0; i < 2; i++)
		if (!in_range(key, values[i]) && !(range && isinf(values[i])))
			return false;
	return !range || values[0] <= values[1];
}

int key_set(const struct key *key, void *options, const char *text, struct arena *arena,
	    struct error *err)
{
	void *field = field_of(key, options);
	double values[2];
	int64_t whole;

	switch (key->type) {
	case KEY_INTEGER:
		if (!parse_integer(text, &whole) || !in_range(key, (double)whole))
			return refuse(key, text, err);
		*(int64_t *)field = whole;
		return 0;
	case KEY_REAL:
		if (!parse_real(text, &values[0]) || !isfinite(values[0]) ||
		    !in_range(key, values[0]))
			return refuse(key, text, err);
		*(double *)field = values[0];
		return 0;
	case KEY_BOOL:
		return parse_bool(text, field) ? 0 : refuse(key, text, err);
	case KEY_CHOICE:
		return set_choice(key, field, text, err);
	case KEY_TEXT:
		*(const char **)field = arena_strdup(arena, text);
		return 0;
	case KEY_PAIR:
	case KEY_RANGE:
		if (!parse_two(key, text, values))
			return refuse(key, text, err);
		memcpy(field, values, sizeof(values));
		return 0;
	}
	return refuse(key, text, err);
}

void keys_set_defaults(const struct key *keys, size_t n_keys, void *options, struct arena *arena)
{
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < n_keys; i++)
		if (keys[i].fallback) {
			int result = key_set(&keys[i], options, keys[i].fallback, arena, &err);

			assert(result == 0 && "a key's fallback must be in its own range");
		}
}

const struct key *keys_find(const struct key *keys, size_t n_keys, const char *name)
{
	for (size_t i = 0; i < n_keys; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static void add_two(const double values[2], void (*add)(struct text *, double), struct text *out)
{
	text_add(out, "[");
	add(out, values[0]);
	text_add(out, ", ");
	add(out, values[1]);
	text_add(out, "]");
}

static void add_canonical(struct text *out, double value)
{
	if (isfinite(value))
		text_printf(out, "%.17g", value);
	else
		text_add(out, "null");
}

static void add_short(struct text *out, double value)
{
	if (isfinite(value))
		text_printf(out, "%g", value);
	else
		text_add(out, "null");
}

static void add_value(const struct key *key, const void *options, struct text *out,
		      void (*add_real)(struct text *, double), bool quoted)
{
	const void *field = const_field_of(key, options);
	const char *word = NULL;

	switch (key->type) {
	case KEY_INTEGER:
		text_printf(out, "%" PRId64, *(const int64_t *)field);
		return;
	case KEY_REAL:
		add_real(out, *(const double *)field);
		return;
	case KEY_BOOL:
		text_add(out, *(const bool *)field ? "true" : "false");
		return;
	case KEY_PAIR:
	case KEY_RANGE:
		add_two(field, add_real, out);
		return;
	case KEY_CHOICE:
		word = key->choices[*(const int *)field].name;
		break;
	case KEY_TEXT:
		word = *(const char *const *)field;
		break;
	}
	if (quoted)
		json_add_quoted(out, word ? word : "");
	else
		text_add(out, word ? word : "");
}

void key_add_json(const struct key *key, const void *options, struct text *out)
{
	add_value(key, options, out, add_canonical, true);
}

void key_add_value(const struct key *key, const void *options, struct text *out)
{
	add_value(key, options, out, add_short, false);
}

static void describe_range(const struct key *key, struct text *out)
{
	bool low = isfinite(key->min), high = isfinite(key->max);

	if (low && high && !key->above_min)
		text_printf(out, " from %g to %g", key->min, key->max);
	else if (low && high)
		text_printf(out, " greater than %g and at most %g", key->min, key->max);
	else if (low)
		text_printf(out, key->above_min ? " greater than %g" : " of at least %g", key->min);
	else if (high)
		text_printf(out, " of at most %g", key->max);
}

void key_describe(const struct key *key, struct text *out)
{
	switch (key->type) {
	case KEY_INTEGER:
		text_add(out, "a whole number");
		describe_range(key, out);
		return;
	case KEY_REAL:
		text_add(out, "a number");
		describe_range(key, out);
		return;
	case KEY_BOOL:
		text_add(out, "true or false");
		return;
	case KEY_CHOICE:
		text_add(out, "one of ");
		for (int i = 0; key->choices[i].name; i++)
			text_printf(out, "%s%s", i ? ", " : "", key->choices[i].name);
		return;
	case KEY_TEXT:
		text_add(out, "text");
		return;
	case KEY_PAIR:
		text_add(out, "a pair [a, b], each a number");
		describe_range(key, out);
		return;
	case KEY_RANGE:
		text_add(out, "a range [from, to], null for no limit, each a number");
		describe_range(key, out);
		return;
	}
}
