/* SPDX-License-Identifier: MIT
 *
 * A store has the text of the file and behind it "# -s SETTING" for every setting of the command
 * line (sweep.h), but not where the file lies.
 */
#include "cmd/sweep_command.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "cmd/shell_word.h"
#include "sweep/preset.h"

#define MARK "# -s "

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

/* What follows the text of a file in the kept one: lines of settings; NULL: it is of another. */
static const char *settings_behind(const char *kept, const struct text *file)
{
	const char *settings = kept + file->length, *line = settings;

	if (file->length == 0 || strncmp(kept, file->data, file->length) != 0)
		return NULL;
	if (file->data[file->length - 1] != '\n' && *line)
		settings = ++line;
	for (; *line; line = next_line(line))
		if (!text_starts_with(line, MARK))
			return NULL;
	return settings;
}

/* The settings that a file here of that name was run with; NULL: it is not the one. */
static const char *find_settings(const char *kept, const char *name)
{
	struct text path = {0}, file = {0};
	const char *settings = NULL;
	bool hides;

	if (!preset_find(name, &path, &hides, NULL) && !file_read(&file, path.data, NULL))
		settings = settings_behind(kept, &file);
	text_release(&path);
	text_release(&file);
	return settings;
}

/* The lines at the end that look like settings, where the file is not known. */
static const char *last_settings(const char *kept)
{
	const char *settings = NULL;

	for (const char *line = kept; *line; line = next_line(line))
		if (!text_starts_with(line, MARK))
			settings = NULL;
		else if (!settings)
			settings = line;
	return settings ? settings : "";
}

static void add_settings(struct text *command, const char *line)
{
	struct text setting = {0};

	for (; *line; line = next_line(line)) {
		const char *at = line + strlen(MARK);

		text_clear(&setting);
		text_add_bytes(&setting, at, strcspn(at, "\n"));
		text_add(command, " -s ");
		shell_add_word(command, setting.data);
	}
	text_release(&setting);
}

bool sweep_command_add(struct text *command, const char *name, const char *kept)
{
	static const char *const endings[] = {".yaml", ".yml", ""};
	const char *settings = NULL;
	struct text file = {0};

	for (size_t i = 0; !settings && i < ARRAY_SIZE(endings); i++) {
		text_clear(&file);
		text_printf(&file, "%s%s", name, endings[i]);
		settings = find_settings(kept, file.data);
	}
	text_add(command, "muon-sweep run ");
	if (settings)
		shell_add_word(command, file.data);
	else
		text_add(command, "FILE");
	add_settings(command, settings ? settings : last_settings(kept));
	text_release(&file);
	return settings != NULL;
}
