/* SPDX-License-Identifier: MIT
 *
 * What commands say of failed trials, so that many of one kind take few lines.
 */
#ifndef CMD_FAILURE_WORDS_H
#define CMD_FAILURE_WORDS_H

#include <stdbool.h>

#include "base/text.h"

/* Whether two reasons differ in nothing but their numbers. */
bool reasons_are_alike(const char *a, const char *b);

/* Adds the last `n` lines of a log, each between `before` and a newline; empty lines are left
 * out. */
void add_last_lines(struct text *out, const char *log, int n, const char *before);

#endif
