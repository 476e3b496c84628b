/* SPDX-License-Identifier: MIT
 *
 * Where sweep files are found: as a path, or by name in ./sweep/presets, beside the program and
 * in share/muon-sweep/presets of the prefix that it is installed under.
 */
#ifndef SWEEP_PRESET_H
#define SWEEP_PRESET_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

/* Sets `path` to the file, and `hides` to whether that is a file which has the name of a preset; a
 * folder never hides one.  ERR_USAGE where there is none, with a suggestion. */
int preset_find(const char *path_or_name, struct text *path, bool *hides, struct error *err);

/* Appends the names of the presets found, one line each with the first comment of the file. */
void presets_describe(struct text *out);

#endif
