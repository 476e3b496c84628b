/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

#define USUAL_LENGTH 48 /* of what is formatted */

void text_release(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}

void text_clear(struct text *text)
{
	text->length = 0;
	if (text->data)
		text->data[0] = '\0';
}

void text_add_bytes(struct text *text, const void *bytes, size_t size)
{
	text->data = grow_array(text->data, &text->capacity, text->length + size + 1, 1);
	memcpy(text->data + text->length, bytes, size);
	text->length += size;
	text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *more)
{
	text_add_bytes(text, more, strlen(more));
}

void text_add_char(struct text *text, char c)
{
	text_add_bytes(text, &c, 1);
}

/* Mostly there is room for it, so that it is formatted once. */
void text_printf(struct text *text, const char *format, ...)
{
	va_list args;
	size_t room;
	int length;

	text->data = grow_array(text->data, &text->capacity, text->length + USUAL_LENGTH, 1);
	room = text->capacity - text->length;
	va_start(args, format);
	length = vsnprintf(text->data + text->length, room, format, args);
	va_end(args);
	if ((size_t)length >= room) {
		text->data = grow_array(text->data, &text->capacity,
					text->length + (size_t)length + 1, 1);
		va_start(args, format);
		vsnprintf(text->data + text->length, (size_t)length + 1, format, args);
		va_end(args);
	}
	text->length += (size_t)length;
}

void text_add_wrapped(struct text *text, const char *words, size_t at, size_t column, size_t width)
{
	while (*words) {
		size_t length = strcspn(words, " ");

		if (at > column && at + 1 + length > width) {
			text_printf(text, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			text_add_char(text, ' ');
			at++;
		}
		text_add_bytes(text, words, length);
		at += length;
		words += length + (words[length] == ' ');
	}
	text_add_char(text, '\n');
}

const char *text_string(const struct text *text)
{
	return text->data ? text->data : "";
}

static double suffix_factor(const char *suffix)
{
	if (strcmp(suffix, "") == 0)
		return 1;
	if (strcmp(suffix, "k") == 0 || strcmp(suffix, "K") == 0)
		return 1024.0;
	if (strcmp(suffix, "M") == 0)
		return 1024.0 * 1024;
	if (strcmp(suffix, "G") == 0)
		return 1024.0 * 1024 * 1024;
	return (double)NAN;
}

bool parse_real(const char *text, double *value)
{
	char *end;
	double base, factor;

	if (!isdigit((unsigned char)text[0]) && !strchr("+-.i", text[0]))
		return false;
	if (text[0] == '\0' || strpbrk(text, "xXpP"))
		return false;
	errno = 0;
	base = strtod(text, &end);
	if (end == text || isnan(base) || (errno == ERANGE && fabs(base) > 1))
		return false;
	if (*end == '^') {
		const char *power_text = end + 1;
		double power = strtod(power_text, &end);

		if (end == power_text || isnan(power))
			return false;
		base = pow(base, power);
	}
	factor = suffix_factor(end);
	if (isnan(factor) || isnan(base * factor))
		return false;
	*value = base * factor;
	return true;
}

bool parse_integer(const char *text, int64_t *value)
{
	double real;

	if (!parse_real(text, &real) || real != floor(real) || fabs(real) > 9007199254740992.0)
		return false;
	*value = (int64_t)real;
	return true;
}

bool parse_bool(const char *text, bool *value)
{
	static const char *const yes[] = {"true", "yes", "on"};
	static const char *const no[] = {"false", "no", "off"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (strcasecmp(text, yes[i]) == 0) {
			*value = true;
			return true;
		}
		if (strcasecmp(text, no[i]) == 0) {
			*value = false;
			return true;
		}
	}
	return false;
}

char *format_si(char buffer[SHORT_TEXT], double value)
{
	static const char units[] = " kMGTP";
	int unit = 0;
	double scaled = value;

	while (fabs(scaled) >= 999.5 && unit < 5) {
		scaled /= 1000;
		unit++;
	}
	if (!isfinite(value) || fabs(scaled) >= 999.5)
		snprintf(buffer, SHORT_TEXT, "%.2e", value);
	else if (unit == 0)
		snprintf(buffer, SHORT_TEXT, "%.4g", value);
	else
		snprintf(buffer, SHORT_TEXT, "%.3g%c", scaled, units[unit]);
	return buffer;
}

char *format_duration(char buffer[SHORT_TEXT], double seconds)
{
	long whole;

	if (!isfinite(seconds) || seconds < 0 || seconds > 1e9) {
		snprintf(buffer, SHORT_TEXT, "?");
		return buffer;
	}
	whole = lround(seconds);
	if (seconds < 9.95)
		snprintf(buffer, SHORT_TEXT, "%.1f s", seconds);
	else if (whole < 60)
		snprintf(buffer, SHORT_TEXT, "%ld s", whole);
	else if (whole < 3600)
		snprintf(buffer, SHORT_TEXT, "%ld min %02ld s", whole / 60, whole % 60);
	else if (whole < 172800)
		snprintf(buffer, SHORT_TEXT, "%ld h %02ld min", whole / 3600, whole % 3600 / 60);
	else
		snprintf(buffer, SHORT_TEXT, "%ld d %02ld h", whole / 86400, whole % 86400 / 3600);
	return buffer;
}

char *format_bytes(char buffer[SHORT_TEXT], double bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	size_t unit = 0;

	while (bytes >= 1024 && unit + 1 < ARRAY_SIZE(units)) {
		bytes /= 1024;
		unit++;
	}
	snprintf(buffer, SHORT_TEXT, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
	return buffer;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

size_t edit_distance(const char *a, const char *b)
{
	size_t n = strlen(b);
	size_t *before = xcalloc(n + 1, sizeof(size_t));
	size_t *last = xcalloc(n + 1, sizeof(size_t));
	size_t *row = xcalloc(n + 1, sizeof(size_t));
	size_t distance;

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t *spare = before;

		before = last;
		last = row;
		row = spare;
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t cost = same_letter(a[i - 1], b[j - 1]) ? 0 : 1;

			row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]) && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
	}
	distance = row[n];
	free(before);
	free(last);
	free(row);
	return distance;
}

void suggestion_start(struct suggestion *s, const char *word)
{
	*s = (struct suggestion){.word = word, .distance = strlen(word) / 3 + 2};
}

void suggestion_offer(struct suggestion *s, const char *name)
{
	size_t distance = edit_distance(s->word, name);

	if (distance < s->distance) {
		s->distance = distance;
		s->best = name;
	}
}

const char *suggestion_text(const struct suggestion *s, char *buffer, size_t size)
{
	if (s->best)
		snprintf(buffer, size, "; did you mean '%s'?", s->best);
	else
		buffer[0] = '\0';
	return buffer;
}

bool text_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text), tail = strlen(suffix);

	return length >= tail && strcmp(text + length - tail, suffix) == 0;
}
