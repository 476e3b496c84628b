/* SPDX-License-Identifier: MIT
 *
 * The commands that go on with a sweep, as a shell reads them.
 */
#ifndef CMD_RUN_COMMAND_H
#define CMD_RUN_COMMAND_H

#include "cmd/command.h"

/* Appends "muon-sweep run study.yaml -s model.size=16x2 --threads 2": this run, with what decides
 * its numbers and what it takes of the machine, but not which of the trials it trains nor where it
 * keeps them.  The line is one of `run`. */
void run_command_add(struct text *command, const struct command_line *line);

/* Appends " --db study.db --shard 1/2"; `shard` NULL or "": all of the sweep. */
void run_command_add_place(struct text *command, const char *db, const char *shard);

#endif
