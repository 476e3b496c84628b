/* SPDX-License-Identifier: MIT */
#include "cmd/failure_words.h"

#include <string.h>

static const char *skip_number(const char *at)
{
	return at + strspn(at, "0123456789.");
}

bool reasons_are_alike(const char *a, const char *b)
{
	for (;;) {
		const char *behind_a = skip_number(a), *behind_b = skip_number(b);

		if ((behind_a == a) != (behind_b == b) || *behind_a != *behind_b)
			return false;
		if (*behind_a == '\0')
			return true;
		a = behind_a + 1;
		b = behind_b + 1;
	}
}

static const char *last_lines(const char *log, int n)
{
	const char *at = log + strlen(log);

	while (at > log && at[-1] == '\n')
		at--;
	for (; at > log; at--)
		if (at[-1] == '\n' && --n == 0)
			break;
	return at;
}

void add_last_lines(struct text *out, const char *log, int n, const char *before)
{
	for (const char *at = last_lines(log, n); *at;) {
		size_t length = strcspn(at, "\n");

		if (length > 0)
			text_printf(out, "%s%.*s\n", before, (int)length, at);
		at += length + (at[length] == '\n');
	}
}
