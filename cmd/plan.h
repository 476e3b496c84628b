/* SPDX-License-Identifier: MIT */
#ifndef CMD_PLAN_H
#define CMD_PLAN_H

#include "cmd/command.h"
#include "sweep/shard.h"

struct plan_wish {
	int jobs, threads; /* times for so many trials at once of so many threads each */
	struct shard shard;
};

/* What `plan` prints of the sweep that the line names, whose common options are read.  ERR_USAGE
 * for a shard that is empty. */
int plan_print(struct command_line *line, const struct plan_wish *wish, struct error *err);

#endif
