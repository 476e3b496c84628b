/* SPDX-License-Identifier: MIT */
#include "results/tuned_keys.h"

#include <string.h>

static const struct {
	size_t offset;
	const char *names, *title;
} keys[N_TUNED_KEYS] = {
#define X(name, column, names, title) {offsetof(struct observation, column), names, title},
	TUNED_KEYS(X)
#undef X
};

const char *tuned_key_name(enum tuned_key key)
{
	return keys[key].title;
}

double tuned_key_value(const struct observation *row, enum tuned_key key)
{
	return *(const double *)((const char *)row + keys[key].offset);
}

/* Whether one of `names` ("a|b") is the word of the given length. */
static bool has_name(const char *names, const char *word, size_t length)
{
	while (*names) {
		size_t n = strcspn(names, "|");

		if (n == length && memcmp(names, word, n) == 0)
			return true;
		names += n + (names[n] == '|');
	}
	return false;
}

bool tuned_key_counts(const struct observation *row, enum tuned_key key)
{
	if (key == TUNED_WEIGHT_DECAY || key == TUNED_BATCH)
		return true;
	for (const char *word = row->tuned ? row->tuned : ""; *word;) {
		size_t length = strcspn(word, ", ");

		if (has_name(keys[key].names, word, length))
			return true;
		word += length + strspn(word + length, ", ");
	}
	return false;
}
