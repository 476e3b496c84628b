/* SPDX-License-Identifier: MIT */
#include "cmd/run_command.h"

#include "cmd/run_options.h"
#include "cmd/shell_word.h"

/* --backend and --precision are among the settings by then. */
void run_command_add(struct text *command, const struct command_line *line)
{
	const struct run_options *o = line->options;

	text_add(command, "muon-sweep run ");
	shell_add_path(command, line->arguments[0]);
	for (size_t i = 0; i < line->common.n_settings; i++) {
		text_add(command, " -s ");
		shell_add_word(command, line->common.settings[i]);
	}
	if (o->threads > 1)
		text_printf(command, " --threads %lld", (long long)o->threads);
	if (o->jobs_given)
		text_printf(command, " --jobs %lld", (long long)o->jobs);
}

void run_command_add_place(struct text *command, const char *db, const char *shard)
{
	text_add(command, " --db ");
	shell_add_path(command, db);
	if (shard && shard[0])
		text_printf(command, " --shard %s", shard);
}
