/* SPDX-License-Identifier: MIT
 *
 * JSON lines: a scanner that knows strings and nesting and nothing else.
 */
#include "models/document_format.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/file.h"

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && isspace((unsigned char)*at))
		at++;
	return at;
}

/* From the opening quote to after the closing one; NULL: there is none. */
static const char *skip_string(const char *at, const char *end)
{
	for (at++; at < end; at++) {
		if (*at == '\\')
			at++;
		else if (*at == '"')
			return at + 1;
	}
	return NULL;
}

/* To the ',' or '}' after a value; NULL: the line ends before. */
static const char *skip_value(const char *at, const char *end)
{
	int depth = 0;

	while (at < end) {
		if (*at == '"') {
			at = skip_string(at, end);
			if (!at)
				return NULL;
			continue;
		}
		if (depth == 0 && (*at == ',' || *at == '}'))
			return at;
		depth += *at == '{' || *at == '[';
		depth -= *at == '}' || *at == ']';
		at++;
	}
	return NULL;
}

/* The value of the member "text" of the object at `at`; NULL: there is none. */
static const char *find_text(const char *at, const char *end)
{
	at = skip_space(at, end);
	if (at == end || *at != '{')
		return NULL;
	do {
		const char *name = skip_space(at + 1, end);
		const char *after = name < end && *name == '"' ? skip_string(name, end) : NULL;
		bool wanted;

		if (!after)
			return NULL;
		wanted = after - name == 6 && memcmp(name, "\"text\"", 6) == 0;
		at = skip_space(after, end);
		if (at == end || *at != ':')
			return NULL;
		at = skip_space(at + 1, end);
		if (wanted)
			return at < end && *at == '"' ? at : NULL;
		at = skip_value(at, end);
	} while (at && *at == ',');
	return NULL;
}

static bool read_hex4(const char *at, const char *end, uint32_t *value)
{
	*value = 0;
	if (end - at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int c = tolower((unsigned char)at[i]);

		if (!isxdigit(c))
			return false;
		*value = *value * 16 + (uint32_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
	}
	return true;
}

static void add_utf8(struct text *pool, uint32_t c)
{
	if (c < 0x80) {
		text_add_char(pool, (char)c);
	} else if (c < 0x800) {
		text_add_char(pool, (char)(0xc0 | c >> 6));
		text_add_char(pool, (char)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		text_add_char(pool, (char)(0xe0 | c >> 12));
		text_add_char(pool, (char)(0x80 | (c >> 6 & 63)));
		text_add_char(pool, (char)(0x80 | (c & 63)));
	} else {
		text_add_char(pool, (char)(0xf0 | c >> 18));
		text_add_char(pool, (char)(0x80 | (c >> 12 & 63)));
		text_add_char(pool, (char)(0x80 | (c >> 6 & 63)));
		text_add_char(pool, (char)(0x80 | (c & 63)));
	}
}

/* After "\u": one or, for a surrogate pair, two groups of digits.  NULL: malformed. */
static const char *add_unicode(struct text *pool, const char *at, const char *end)
{
	uint32_t c, low;

	if (!read_hex4(at, end, &c))
		return NULL;
	at += 4;
	if (c >= 0xd800 && c < 0xdc00) {
		if (end - at < 6 || at[0] != '\\' || at[1] != 'u' ||
		    !read_hex4(at + 2, end, &low) || low < 0xdc00 || low > 0xdfff)
			return NULL;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		at += 6;
	}
	add_utf8(pool, c);
	return at;
}

/* Decodes the string at the quote `at`.  False: malformed. */
static bool add_string(struct text *pool, const char *at, const char *end)
{
	static const char codes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *code;

	for (at++; at < end && *at != '"';) {
		if (*at != '\\') {
			text_add_char(pool, *at++);
			continue;
		}
		if (end - at < 2)
			return false;
		code = strchr(codes, at[1]);
		at += 2;
		if (code && *code)
			text_add_char(pool, meanings[code - codes]);
		else if (at[-1] != 'u' || !(at = add_unicode(pool, at, end)))
			return false;
	}
	return at < end;
}

int decode_jsonl(const char *path, struct text *pool, struct decoded *found, struct error *err)
{
	struct file_map map;
	const char *at, *end;
	size_t number = 0;
	int result = file_map_open(&map, path, err);

	if (result)
		return result;
	at = (const char *)map.data;
	end = at + map.size;
	while (!result && at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		const char *value;

		if (!line_end)
			line_end = end;
		number++;
		value = find_text(at, line_end);
		if (value && add_string(pool, value, line_end))
			decoded_add(found, pool);
		else if (skip_space(at, line_end) < line_end)
			result = error_set(err, ERR_DATA,
					   "%s:%zu: no JSON object with a string member \"text\"; "
					   "mend the line or use --split file",
					   path, number);
		at = line_end + 1;
	}
	file_map_close(&map);
	return result;
}
