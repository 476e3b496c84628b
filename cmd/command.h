/* SPDX-License-Identifier: MIT
 *
 * A command: one file cmd_NAME.c each, with its table of options and one entry in the list
 * of commands.c.  Options are described by base/key.h keys, so that parsing, range checks
 * and help come from one table: a name of one letter is "-x" or "--x", a longer one "--name"; a
 * KEY_BOOL is a switch (fallback "no"); `unit` is the argument's name in help ("FILE").
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/key.h"

struct common_options {
	const char *db;
	bool json, quiet, no_color, help, version;
	const char **settings; /* -s path=value, in the order given */
	size_t n_settings;
};

struct command_line {
	const char *program; /* path that starts this program again */
	struct common_options common;
	void *options; /* the command's own struct, defaults filled in */
	bool *given;   /* of each of the command's own options: whether it was */
	const char **arguments;
	size_t n_arguments;
	struct arena arena; /* lives until the program ends */
};

struct command {
	const char *name;
	const char *arguments; /* as in usage: "SPEC", "STORE...", "" */
	size_t min_arguments, max_arguments;
	const char *summary;  /* one line */
	const char *examples; /* two lines or more, each ending with a newline */
	const char *details;  /* a paragraph or NULL */
	const struct key *options;
	size_t n_options;
	size_t options_size;
	/* The exit status, or the negative code of an error for main() to print. */
	int (*run)(struct command_line *line, struct error *err);
};

/* All commands, in the order of help; ends with NULL. */
extern const struct command *const commands[];

const struct command *command_find(const char *name);

/* Parses argv[1..] of a command.  ERR_USAGE. */
int command_line_parse(struct command_line *line, const struct command *command, int argc,
		       char **argv, struct error *err);

/* As if `-s setting` had been given; the text must outlive the line. */
void command_line_add_setting(struct command_line *line, const char *setting);

/* Usage, examples, options. */
void command_print_help(const struct command *command);

#endif
