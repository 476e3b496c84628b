/* SPDX-License-Identifier: MIT
 *
 * Where sweep files are found: as a path, or by name in ./sweep/presets, beside the program and
 * in share/muon-sweep/presets of the prefix that it is installed under.
 */
#ifndef SWEEP_PRESET_H
#define SWEEP_PRESET_H

#include "base/error.h"
#include "base/text.h"

/* Sets `path` to the file.  ERR_USAGE where there is none, with a suggestion. */
int preset_find(const char *path_or_name, struct text *path, struct error *err);

/* Appends the names of the presets found, one line each with the first comment of the file. */
void presets_describe(struct text *out);

#endif
