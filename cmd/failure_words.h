/* SPDX-License-Identifier: MIT
 *
 * What commands say of failed trials, so that many of one kind take few lines.
 */
#ifndef CMD_FAILURE_WORDS_H
#define CMD_FAILURE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Whether two reasons differ in nothing but their numbers. */
bool reasons_are_alike(const char *a, const char *b);

struct failure_reason {
	const char *text;
	int state;  /* of a kind are only those of one state */
	bool alone; /* and none that is told by itself */
	bool told;
};

/* The first failure that is not told yet and all others of its kind, which are told then.  `kind`,
 * with room for n, receives their places; `same` whether they have one reason to the letter.
 * Returns how many they are; 0: all are told. */
size_t failures_take_kind(struct failure_reason *all, size_t n, size_t *kind, bool *same);

/* Adds the last `n` lines of a log, each between `before` and a newline; empty lines are left out,
 * and what the reason, which stands above them, has said. */
void add_last_lines(struct text *out, const char *log, int n, const char *before,
		    const char *reason);

#endif
