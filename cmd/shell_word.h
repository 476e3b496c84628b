/* SPDX-License-Identifier: MIT
 *
 * Words of commands that people type.
 */
#ifndef CMD_SHELL_WORD_H
#define CMD_SHELL_WORD_H

#include "base/text.h"

/* Adds a word as a shell reads it, in single quotes where it is not plain. */
void shell_add_word(struct text *out, const char *word);

#endif
