/* SPDX-License-Identifier: MIT
 *
 * A writer of JSON: commas are placed by itself.
 *
 *     json_open(&j, NULL, '{');  json_real(&j, "loss", 1.25);  json_close(&j, '}');
 *
 * `name` is the member's name inside an object and NULL inside an array.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct json {
	struct text text;
	bool need_comma;
};

void json_release(struct json *j);
void json_open(struct json *j, const char *name, char bracket);	     /* '{' or '[' */
void json_close(struct json *j, char bracket);			     /* '}' or ']' */
void json_text(struct json *j, const char *name, const char *value); /* NULL: null */
/* The shortest text that reads as the same double, %.17g at most; null where it is not finite. */
void json_real(struct json *j, const char *name, double value);
void json_integer(struct json *j, const char *name, int64_t value);
void json_bool(struct json *j, const char *name, bool value);
void json_raw(struct json *j, const char *name, const char *value); /* JSON already */

/* Adds `value` as a JSON string with its quotes. */
void json_add_quoted(struct text *out, const char *value);
/* Adds the shortest decimal that reads back as the same double; null when not finite. */
void json_add_real(struct text *out, double value);

#endif
