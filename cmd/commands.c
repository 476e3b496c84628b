/* SPDX-License-Identifier: MIT
 *
 * The list of commands, in the order of help.
 */
#include "cmd/command.h"

#include <string.h>

/* X(name): each has a file cmd_NAME.c. */
#define COMMANDS(X) \
	X(plan)     \
	X(run)      \
	X(status)   \
	X(fit)      \
	X(plot)     \
	X(report)   \
	X(export)   \
	X(merge)    \
	X(data)     \
	X(bench)    \
	X(devices)  \
	X(help)     \
	X(worker)   \
	X(bench_process)

#define X(name) extern const struct command cmd_##name;
COMMANDS(X)
#undef X

const struct command *const commands[] = {
#define X(name) &cmd_##name,
	COMMANDS(X)
#undef X
		NULL,
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}
