/* SPDX-License-Identifier: MIT */
#ifndef CMD_PLAN_H
#define CMD_PLAN_H

#include "cmd/command.h"

/* What `plan` prints of the sweep that the line names, with times for so many trials at once of so
 * many threads each; of the line's options only the common ones are read. */
int plan_print(struct command_line *line, int threads, int jobs, struct error *err);

#endif
