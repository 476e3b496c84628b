/* SPDX-License-Identifier: MIT
 *
 * The command that trains a sweep of which a store has the text.
 */
#ifndef CMD_SWEEP_COMMAND_H
#define CMD_SWEEP_COMMAND_H

#include <stdbool.h>

#include "base/text.h"

/* Appends "muon-sweep run study.yaml -s model.size=16x2": the file or preset that has the sweep's
 * name here, and the settings that it was run with.  False where there is none, or another text is
 * in it than `kept`, that of the store; then the file is called FILE. */
bool sweep_command_add(struct text *command, const char *name, const char *kept);

#endif
