/* SPDX-License-Identifier: MIT
 *
 * Files that people take for tokens or text and that this program does not read: each is
 * recognised by its first bytes or by its name, and refused with what to do instead.
 */
#ifndef MODELS_FORMAT_REFUSAL_H
#define MODELS_FORMAT_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* 0 where nothing speaks against the file, else ERR_DATA.  `wanted`: "a token file", "text". */
int format_refusal(const char *path, const void *data, size_t size, const char *wanted,
		   struct error *err);

/* The name ends like that of a text file. */
bool format_is_text(const char *path);

#endif
