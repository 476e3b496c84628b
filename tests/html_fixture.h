/* SPDX-License-Identifier: MIT
 *
 * What the tests of the report share: a name that must be escaped, and whether tags are closed.
 */
#ifndef TESTS_HTML_FIXTURE_H
#define TESTS_HTML_FIXTURE_H

#include "tests/check.h"

#include <stdbool.h>

#include "base/memory.h"

#define EVIL "mu<on> & \"co\" 'x_1'"

static inline bool is_void(const char *name, size_t length)
{
	static const char *const names[] = {"meta", "input", "!DOCTYPE", "br"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
			return true;
	return false;
}

struct open_tags {
	struct {
		const char *name;
		size_t length;
	} list[64];
	size_t n;
};

static inline void close_tag(struct open_tags *open, const char *name, size_t length)
{
	if (open->n == 0 || open->list[open->n - 1].length != length ||
	    strncmp(open->list[open->n - 1].name, name, length) != 0)
		fail_msg("</%.*s> closes <%.*s>", (int)length, name,
			 open->n ? (int)open->list[open->n - 1].length : 0,
			 open->n ? open->list[open->n - 1].name : "");
	open->n--;
}

/* Behind a <script> or <style>, what they hold. */
static inline const char *behind_raw(const char *name, size_t length, const char *end)
{
	char closing[16];

	snprintf(closing, sizeof(closing), "</%.*s>", (int)length, name);
	return strstr(end, closing);
}

/* Every tag is closed by its own, in order. */
static inline void check_balanced(const char *page)
{
	struct open_tags open = {.n = 0};

	for (const char *at = strchr(page, '<'); at; at = strchr(at, '<')) {
		const char *name = at + 1, *end = strchr(at, '>');
		size_t length = strcspn(name, " />\n");

		assert_non_null(end);
		at = end;
		if (name[0] == '/')
			close_tag(&open, name + 1, strcspn(name + 1, ">"));
		else if (!is_void(name, length) && end[-1] != '/') {
			assert_true(open.n < ARRAY_SIZE(open.list));
			open.list[open.n].name = name;
			open.list[open.n++].length = length;
			if (strncmp(name, "script", 6) == 0 || strncmp(name, "style", 5) == 0)
				at = behind_raw(name, length, end);
		}
	}
	assert_int_equal(open.n, 0);
}

#endif
