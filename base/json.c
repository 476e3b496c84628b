/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void json_release(struct json *j)
{
	text_release(&j->text);
	j->need_comma = false;
}

static void begin_value(struct json *j, const char *name)
{
	if (j->need_comma)
		text_add(&j->text, ", ");
	if (name) {
		json_add_quoted(&j->text, name);
		text_add(&j->text, ": ");
	}
	j->need_comma = true;
}

void json_open(struct json *j, const char *name, char bracket)
{
	begin_value(j, name);
	text_add_char(&j->text, bracket);
	j->need_comma = false;
}

void json_close(struct json *j, char bracket)
{
	text_add_char(&j->text, bracket);
	j->need_comma = true;
}

void json_text(struct json *j, const char *name, const char *value)
{
	begin_value(j, name);
	if (value)
		json_add_quoted(&j->text, value);
	else
		text_add(&j->text, "null");
}

void json_real(struct json *j, const char *name, double value)
{
	begin_value(j, name);
	json_add_real(&j->text, value);
}

void json_integer(struct json *j, const char *name, int64_t value)
{
	begin_value(j, name);
	text_printf(&j->text, "%" PRId64, value);
}

void json_bool(struct json *j, const char *name, bool value)
{
	begin_value(j, name);
	text_add(&j->text, value ? "true" : "false");
}

void json_raw(struct json *j, const char *name, const char *value)
{
	begin_value(j, name);
	text_add(&j->text, value);
}

void json_add_quoted(struct text *out, const char *value)
{
	text_add_char(out, '"');
	for (const char *c = value; *c; c++) {
		if (*c == '"' || *c == '\\')
			text_printf(out, "\\%c", *c);
		else if (*c == '\n')
			text_add(out, "\\n");
		else if (*c == '\t')
			text_add(out, "\\t");
		else if ((unsigned char)*c < 0x20)
			text_printf(out, "\\u%04x", (unsigned)*c);
		else
			text_add_char(out, *c);
	}
	text_add_char(out, '"');
}

/* The significant digits of "1.2300e+05": 3. */
static int count_digits(const char *scientific)
{
	int n = 0, seen = 0;

	for (const char *c = scientific; *c && *c != 'e'; c++) {
		seen += *c >= '0' && *c <= '9';
		if (*c >= '1' && *c <= '9')
			n = seen;
	}
	return n;
}

/* A positive whole number below 1e15, as "%.15g" prints it.  False, and nothing is added, where
 * `value` is none, or has more than 6 digits and ends in 0: printed with its fewest digits, that
 * has an exponent. */
static bool add_whole(struct text *out, double value)
{
	char digits[16], *at = digits + sizeof(digits);
	int64_t left = value >= 1 && value < 1e15 ? (int64_t)value : 0;

	if (left == 0 || value != (double)left || (left >= 1000000 && left % 10 == 0))
		return false;
	for (; left > 0; left /= 10)
		*--at = (char)('0' + left % 10);
	text_add_bytes(out, at, (size_t)(digits + sizeof(digits) - at));
	return true;
}

/* 15 digits of what has fewer end in zeros, so that the fewest are found without trying all. */
void json_add_real(struct text *out, double value)
{
	char digits[40];
	int precision = 6;

	if (!isfinite(value)) {
		text_add(out, "null");
		return;
	}
	if (add_whole(out, value))
		return;
	snprintf(digits, sizeof(digits), "%.*g", precision, value);
	if (strtod(digits, NULL) != value) {
		snprintf(digits, sizeof(digits), "%.14e", value);
		precision = strtod(digits, NULL) == value ? count_digits(digits) : 16;
		snprintf(digits, sizeof(digits), "%.*g", precision, value);
		if (precision == 16 && strtod(digits, NULL) != value)
			snprintf(digits, sizeof(digits), "%.17g", value);
	}
	text_add(out, digits);
}
