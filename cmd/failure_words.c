/* SPDX-License-Identifier: MIT */
#include "cmd/failure_words.h"

#include <string.h>

#include "base/log.h"

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

static bool are_of_a_kind(const struct failure_reason *a, const struct failure_reason *b)
{
	return a->state == b->state && !a->alone && !b->alone &&
	       reasons_are_alike(a->text, b->text);
}

size_t failures_take_kind(struct failure_reason *all, size_t n, size_t *kind, bool *same)
{
	size_t taken = 0;

	*same = true;
	for (size_t i = 0; i < n; i++) {
		const struct failure_reason *first = taken > 0 ? &all[kind[0]] : &all[i];

		if (all[i].told || (taken > 0 && !are_of_a_kind(first, &all[i])))
			continue;
		*same = *same && strcmp(first->text, all[i].text) == 0;
		all[i].told = true;
		kind[taken++] = i;
	}
	return taken;
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

/* Whether a line of a log says no more than the reason. */
static bool is_in(const char *reason, const char *line, size_t length)
{
	struct text words = {0};
	bool found;

	text_add_bytes(&words, line, length);
	found = strstr(reason,
		       text_string(&words) + (text_starts_with(text_string(&words), LOG_NAME)
						      ? strlen(LOG_NAME)
						      : 0)) != NULL;
	text_release(&words);
	return found;
}

void add_last_lines(struct text *out, const char *log, int n, const char *before,
		    const char *reason)
{
	for (const char *at = last_lines(log, n); *at;) {
		size_t length = strcspn(at, "\n");

		if (length > 0 && !is_in(reason, at, length))
			text_printf(out, "%s%.*s\n", before, (int)length, at);
		at += length + (at[length] == '\n');
	}
}
