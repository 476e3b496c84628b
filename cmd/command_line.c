/* SPDX-License-Identifier: MIT
 *
 * Reads a command line against the command's own keys and the common ones.
 */
#include "cmd/command.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define HELP_COLUMN 27
#define HELP_WIDTH  98
#define FIELD(name) offsetof(struct common_options, name)

static const struct key common_keys[] = {
	{"db", KEY_TEXT, FIELD(db), 0, 0, 0, NULL, "results.db", "FILE", "the store"},
	{"json", KEY_BOOL, FIELD(json), 0, 0, 0, NULL, "no", NULL, "machine-readable output"},
	{"quiet", KEY_BOOL, FIELD(quiet), 0, 0, 0, NULL, "no", NULL, "errors only on stderr"},
	{"no-color", KEY_BOOL, FIELD(no_color), 0, 0, 0, NULL, "no", NULL, "plain text"},
	{"help", KEY_BOOL, FIELD(help), 0, 0, 0, NULL, "no", NULL, "this text"},
	{"version", KEY_BOOL, FIELD(version), 0, 0, 0, NULL, "no", NULL, "version and libraries"},
};

/* "--jobs" or "-o" without its dashes. */
static const char *bare_name(const char *spelled)
{
	return spelled + (spelled[1] == '-' ? 2 : 1);
}

static int unknown_option(struct command_line *line, const struct command *command,
			  const char *spelled, struct error *err)
{
	struct suggestion near;
	char hint[128];

	suggestion_start(&near, bare_name(spelled));
	for (size_t i = 0; i < command->n_options; i++)
		suggestion_offer(&near, command->options[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(common_keys); i++)
		suggestion_offer(&near, common_keys[i].name);
	if (near.best)
		near.best =
			arena_printf(&line->arena, "%s%s", near.best[1] ? "--" : "-", near.best);
	return error_set(err, ERR_USAGE, "%s: unknown option '%s'%s", command->name, spelled,
			 suggestion_text(&near, hint, sizeof(hint)));
}

void command_line_add_setting(struct command_line *line, const char *setting)
{
	struct common_options *common = &line->common;
	const char **grown = arena_alloc(&line->arena, (common->n_settings + 1) * sizeof(*grown));

	if (common->n_settings)
		memcpy(grown, common->settings, common->n_settings * sizeof(*grown));
	grown[common->n_settings++] = setting;
	common->settings = grown;
}

/* The key of an option, and the struct that it belongs to; NULL when there is none. */
static const struct key *find_option(struct command_line *line, const struct command *command,
				     const char *name, void **target)
{
	const struct key *key = keys_find(command->options, command->n_options, name);

	*target = line->options;
	if (!key) {
		key = keys_find(common_keys, ARRAY_SIZE(common_keys), name);
		*target = &line->common;
	}
	return key;
}

/* "'jobs' must be ...": the option names itself. */
static int refuse_value(struct error *err, const char *name, const char *spelled)
{
	struct text own = {0}, rest = {0};
	int result = -(int)err->code;

	text_printf(&own, "'%s' ", name);
	if (text_starts_with(err->text, own.data)) {
		text_add(&rest, err->text + own.length);
		result = error_set(err, err->code, "option '%s' %s", spelled, rest.data);
	} else {
		result = error_wrap(err, "option '%s'", spelled);
	}
	text_release(&own);
	text_release(&rest);
	return result;
}

static int set_option(struct command_line *line, const struct command *command, const char *spelled,
		      const char *value, bool attached, struct error *err)
{
	void *target;
	const struct key *key = find_option(line, command, bare_name(spelled), &target);
	bool is_switch = key && key->type == KEY_BOOL && !attached;
	int result;

	if (!key)
		return unknown_option(line, command, spelled, err);
	if (!is_switch && !value)
		return error_set(err, ERR_USAGE, "option '%s' needs %s", spelled,
				 key->unit ? key->unit : "a value");
	if (target == line->options)
		line->given[key - command->options] = true;
	result = key_set(key, target, is_switch ? "yes" : value, &line->arena, err);
	if (result)
		return refuse_value(err, key->name, spelled);
	return is_switch || attached ? 1 : 2;
}

/* A word that starts with '-'; `next` is the word after it or NULL.  Returns the number of words
 * used, or a negative error. */
static int read_option(struct command_line *line, const struct command *command, const char *word,
		       const char *next, struct error *err)
{
	const char *equals = text_starts_with(word, "--") ? strchr(word, '=') : NULL;
	struct text spelled = {0};
	int used;

	if (strcmp(word, "-s") == 0) {
		if (!next)
			return error_set(err, ERR_USAGE, "option '-s' needs PATH=VALUE");
		command_line_add_setting(line, next);
		return 2;
	}
	if (strcmp(word, "-h") == 0)
		word = "--help";
	text_add_bytes(&spelled, word, equals ? (size_t)(equals - word) : strlen(word));
	if (word[1] != '-' && word[2])
		used = unknown_option(line, command, spelled.data, err);
	else
		used = set_option(line, command, spelled.data, equals ? equals + 1 : next, equals,
				  err);
	text_release(&spelled);
	return used;
}

/* Whether there is a sweep file that -s could override. */
static bool takes_spec(const struct command *command)
{
	return strstr(command->arguments, "SPEC") != NULL;
}

static int check_settings(const struct command *command, const struct common_options *common,
			  struct error *err)
{
	if (common->n_settings == 0 || takes_spec(command))
		return 0;
	return error_set(err, ERR_USAGE,
			 "'%s' reads no sweep file that '-s %s' could override; give it to 'plan' "
			 "or 'run'",
			 command->name, common->settings[0]);
}

/* Names by which SQLite would open a store that is gone at the end. */
static int check_store_name(const char *db, struct error *err)
{
	if (db[0] && strcmp(db, ":memory:") != 0)
		return 0;
	return error_set(err, ERR_USAGE, "option '--db' needs the name of a file, not '%s'", db);
}

static int check_count(const struct command *command, size_t n, struct error *err)
{
	if (n < command->min_arguments)
		return error_set(err, ERR_USAGE,
				 "usage: muon-sweep %s %s [options]; see 'muon-sweep help %s'",
				 command->name, command->arguments, command->name);
	if (n > 0 && command->max_arguments == 0)
		return error_set(err, ERR_USAGE, "%s takes no arguments; see 'muon-sweep help %s'",
				 command->name, command->name);
	if (n > command->max_arguments)
		return error_set(err, ERR_USAGE,
				 "%s takes at most %zu argument%s; see 'muon-sweep help %s'",
				 command->name, command->max_arguments,
				 command->max_arguments == 1 ? "" : "s", command->name);
	return 0;
}

int command_line_parse(struct command_line *line, const struct command *command, int argc,
		       char **argv, struct error *err)
{
	bool only_arguments = false;

	line->options = arena_alloc(&line->arena, command->options_size);
	line->given = arena_alloc(&line->arena, command->n_options + 1);
	line->arguments = arena_alloc(&line->arena, ((size_t)argc + 1) * sizeof(char *));
	keys_set_defaults(common_keys, ARRAY_SIZE(common_keys), &line->common, &line->arena);
	keys_set_defaults(command->options, command->n_options, line->options, &line->arena);
	if (getenv("NO_COLOR"))
		line->common.no_color = true;
	for (int i = 1; i < argc;) {
		int used = 1;

		if (!only_arguments && strcmp(argv[i], "--") == 0)
			only_arguments = true;
		else if (only_arguments || argv[i][0] != '-' || argv[i][1] == '\0')
			line->arguments[line->n_arguments++] = argv[i];
		else
			used = read_option(line, command, argv[i],
					   i + 1 < argc ? argv[i + 1] : NULL, err);
		if (used < 0)
			return used;
		i += used;
	}
	if (line->common.help || line->common.version)
		return 0;
	if (check_store_name(line->common.db, err))
		return -ERR_USAGE;
	if (check_settings(command, &line->common, err))
		return -ERR_USAGE;
	return check_count(command, line->n_arguments, err);
}

static void print_key(const struct key *key)
{
	const char *unit = key->type == KEY_BOOL ? "" : key->unit ? key->unit : "N";
	struct text line = {0}, words = {0};

	text_printf(&line, "%s%s%s%s", key->name[1] ? "--" : "-", key->name, unit[0] ? " " : "",
		    unit);
	text_add(&words, key->help);
	if (key->type == KEY_CHOICE) {
		text_add(&words, " (");
		key_describe(key, &words);
		text_add(&words, ")");
	}
	if (key->fallback && key->type != KEY_BOOL && key->fallback[0])
		text_printf(&words, " [%s]", key->fallback);
	printf("  %-24s ", line.data);
	text_clear(&line);
	text_add_wrapped(&line, words.data, HELP_COLUMN, HELP_COLUMN, HELP_WIDTH);
	fputs(line.data, stdout);
	text_release(&line);
	text_release(&words);
}

static void print_keys(const struct key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		print_key(&keys[i]);
}

void command_print_help(const struct command *command)
{
	printf("muon-sweep %s: %s\n\nExamples:\n", command->name, command->summary);
	for (const char *at = command->examples; *at;) {
		const char *end = strchr(at, '\n');

		printf("  %.*s\n", (int)(end - at), at);
		at = end + 1;
	}
	printf("\nUsage: muon-sweep %s%s%s [options]\n", command->name,
	       command->arguments[0] ? " " : "", command->arguments);
	if (command->details)
		printf("\n%s\n", command->details);
	printf("\nOptions:\n");
	print_keys(command->options, command->n_options);
	if (takes_spec(command))
		printf("  %-24s %s\n", "-s PATH=VALUE", "override a key of the sweep file");
	print_keys(common_keys, ARRAY_SIZE(common_keys));
}
