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

void json_add_real(struct text *out, double value)
{
	char digits[40];

	if (!isfinite(value)) {
		text_add(out, "null");
		return;
	}
	for (int precision = 6; precision <= 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	text_add(out, digits);
}
