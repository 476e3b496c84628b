/* SPDX-License-Identifier: MIT
 *
 * Words of commands that people type.
 */
#ifndef CMD_SHELL_WORD_H
#define CMD_SHELL_WORD_H

#include "base/text.h"

/* Adds a word as a shell reads it, in single quotes where it is not plain. */
void shell_add_word(struct text *out, const char *word);

/* The same of a path, so that none is taken for an option. */
void shell_add_path(struct text *out, const char *path);

#endif
