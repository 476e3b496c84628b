/* SPDX-License-Identifier: MIT */
#ifndef CMD_WORKER_ARGUMENTS_H
#define CMD_WORKER_ARGUMENTS_H

#include "cmd/command.h"

/* PROGRAM worker SPEC --threads T MORE... -s SETTING..., with the settings of the line; `more` and
 * the result end with NULL.  The trial's key and cell are to be appended. */
const char *const *worker_arguments(struct command_line *line, const char *spec, int threads,
				    const char *const *more);

#endif
