/* SPDX-License-Identifier: MIT
 *
 * `merge STORE...`: the stores of shards into one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/command.h"
#include "results/store_merge.h"
#include "sweep/checkpoint_folder.h"
#include "sweep/checkpoint_merge.h"

#define KEY_SHOWN 10 /* digits of a trial key */

struct merge_command {
	bool mixed_versions;
};

static const struct key keys[] = {
	{"mixed-versions", KEY_BOOL, offsetof(struct merge_command, mixed_versions), 0, 0, 0, NULL,
	 "no", NULL, "also trials of another version of the program than the target's"},
};

struct merging {
	const char *path; /* of the store that is being taken */
	struct merge_counts all;
	bool is_merged;
	struct checkpoint_merge checkpoints;
	struct error checkpoint_error; /* why some were left */
	struct json json;	       /* one object per store */
};

static void tell_conflict(void *context, const struct merge_conflict *conflict)
{
	struct merging *m = context;

	log_warn("'%s': %s %.*s is done there with %s %s, and %s here, which stays; to have the "
		 "other, merge '%s' first into a store that is not there yet",
		 m->path, conflict->label ? conflict->label : "trial", KEY_SHOWN,
		 conflict->trial_key, conflict->column,
		 conflict->source ? conflict->source : "unknown",
		 conflict->target ? conflict->target : "unknown", m->path);
	json_open(&m->json, NULL, '{');
	json_text(&m->json, "trial_key", conflict->trial_key);
	json_text(&m->json, "label", conflict->label);
	json_text(&m->json, "column", conflict->column);
	json_text(&m->json, "target", conflict->target);
	json_text(&m->json, "source", conflict->source);
	json_close(&m->json, '}');
}

static void add_counts(struct json *j, const struct merge_counts *counts)
{
	json_integer(j, "added", counts->added);
	json_integer(j, "replaced", counts->replaced);
	json_integer(j, "kept", counts->kept);
	json_integer(j, "running", counts->running);
}

static void warn_of_counts(const char *path, const struct merge_counts *counts)
{
	if (counts->running)
		log_warn("'%s': %ld trial%s still running there; merge again when it has ended",
			 path, counts->running, counts->running == 1 ? " is" : "s are");
	if (counts->other_files)
		log_warn("'%s': %ld sweep%s another file than the one of that name here; the newer "
			 "file stays, and the trials of both",
			 path, counts->other_files, counts->other_files == 1 ? " has" : "s have");
}

static void sum_counts(struct merge_counts *sum, const struct merge_counts *counts)
{
	sum->added += counts->added;
	sum->replaced += counts->replaced;
	sum->kept += counts->kept;
	sum->running += counts->running;
	sum->conflicts += counts->conflicts;
}

static int take(struct merging *m, struct store *target, struct merge_copy *copy,
		bool mixed_versions, struct error *err)
{
	const struct merge_options options = {mixed_versions, m, tell_conflict};
	struct merge_counts counts = {0};
	int result;

	json_open(&m->json, NULL, '{');
	json_text(&m->json, "store", m->path);
	json_open(&m->json, "conflicts", '[');
	result = store_merge(target, copy, &options, &counts, err);
	json_close(&m->json, ']');
	add_counts(&m->json, &counts);
	json_close(&m->json, '}');
	if (!result)
		warn_of_counts(m->path, &counts);
	sum_counts(&m->all, &counts);
	return result;
}

static int copy(struct merge_copy **made, struct store *target, const char *path, struct error *err)
{
	struct store *source;
	int result = store_open(&source, path, STORE_READ, err);

	*made = NULL;
	if (!result)
		result = merge_copy_make(made, target, source, err);
	store_close(source);
	return result;
}

/* All or none. */
static int take_all(struct merging *m, const struct command_line *line, struct store *target,
		    struct merge_copy *const *copies, struct error *err)
{
	const struct merge_command *options = line->options;
	int result = store_begin(target, err);

	for (size_t i = 0; !result && i < line->n_arguments; i++) {
		m->path = line->arguments[i];
		result = take(m, target, copies[i], options->mixed_versions, err);
	}
	return result ? result : store_commit(target, err);
}

/* The copies first, which take the most time, so that others can go on with the target. */
static int copy_and_take(struct merging *m, const struct command_line *line, struct store *target,
			 struct error *err)
{
	struct merge_copy **copies = xcalloc(line->n_arguments, sizeof(struct merge_copy *));
	int result = 0;

	for (size_t i = 0; !result && i < line->n_arguments; i++)
		result = copy(&copies[i], target, line->arguments[i], err);
	if (!result)
		result = take_all(m, line, target, copies, err);
	for (size_t i = 0; i < line->n_arguments; i++)
		merge_copy_free(copies[i]);
	free(copies);
	return result;
}

/* --- checkpoints --- */

static void tell_skipped(void *context, const char *path, const char *reason)
{
	(void)context;
	log_warn("'%s' is not taken along: %s", path, reason);
}

/* The folders beside the sources, in the arena. */
static const char *const *source_folders(const struct command_line *line, struct arena *arena)
{
	const char **folders = arena_alloc(arena, line->n_arguments * sizeof(*folders));

	for (size_t i = 0; i < line->n_arguments; i++) {
		struct text folder = {0};

		checkpoint_folder(&folder, line->arguments[i]);
		folders[i] = arena_strdup(arena, folder.data);
		text_release(&folder);
	}
	return folders;
}

/* Once the rows are in: what is missing costs seconds of training, and no number. */
static void take_checkpoints(struct merging *m, const struct command_line *line,
			     struct store *target)
{
	struct arena arena = {0};
	struct text to = {0};

	m->checkpoints.skipped = tell_skipped;
	checkpoint_folder(&to, line->common.db);
	if (checkpoint_merge(&m->checkpoints, target, to.data, source_folders(line, &arena),
			     line->n_arguments, &m->checkpoint_error))
		log_warn("all rows are merged, but not all checkpoints are taken along: %s; when "
			 "that is mended, merge again, or what is interrupted may start over",
			 m->checkpoint_error.text);
	text_release(&to);
	arena_release(&arena);
}

/* --- the files --- */

/* All are there, and none is the target; *is_new tells whether that is to be made. */
static int check_files(const struct command_line *line, bool *is_new, struct error *err)
{
	const char *target = line->common.db;
	struct stat own, other;

	*is_new = stat(target, &own) < 0;
	for (size_t i = 0; i < line->n_arguments; i++) {
		const char *path = line->arguments[i];

		if (stat(path, &other) < 0)
			return error_set(err, ERR_STORE, "cannot merge '%s': %s", path,
					 strerror(errno));
		if (!*is_new && own.st_dev == other.st_dev && own.st_ino == other.st_ino)
			return error_set(err, ERR_USAGE,
					 "'%s' is the target itself; name the target with --db and "
					 "the stores to merge into it without",
					 path);
	}
	return 0;
}

/* What opening the target has made, where nothing could be merged. */
static void remove_new(const char *path)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	struct text name = {0};

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		text_clear(&name);
		text_printf(&name, "%s%s", path, endings[i]);
		unlink(name.data);
	}
	text_release(&name);
}

/* --- the command --- */

static void print(struct merging *m, const struct command_line *line,
		  const struct store_totals *totals)
{
	char size[SHORT_TEXT];
	long n = 0;

	for (int state = 0; state < TRIAL_N_STATES; state++)
		n += totals->counts[state];
	if (line->common.json) {
		json_close(&m->json, ']');
		json_text(&m->json, "target", line->common.db);
		json_integer(&m->json, "trials", n);
		json_integer(&m->json, "done", totals->counts[TRIAL_done]);
		add_counts(&m->json, &m->all);
		json_integer(&m->json, "conflicts", m->all.conflicts);
		json_integer(&m->json, "checkpoints", m->checkpoints.taken);
		json_integer(&m->json, "checkpoint_bytes", m->checkpoints.bytes);
		json_integer(&m->json, "checkpoints_skipped", m->checkpoints.n_skipped);
		json_text(&m->json, "checkpoint_error",
			  m->checkpoint_error.code ? m->checkpoint_error.text : NULL);
		json_close(&m->json, '}');
		printf("%s\n", text_string(&m->json.text));
		return;
	}
	printf("%s: %ld trials, %ld done; %ld added, %ld taken in a later state, %ld kept\n",
	       line->common.db, n, totals->counts[TRIAL_done], m->all.added, m->all.replaced,
	       m->all.kept);
	if (m->checkpoints.taken)
		printf("%ld checkpoint%s taken along, %s\n", m->checkpoints.taken,
		       m->checkpoints.taken == 1 ? "" : "s",
		       format_bytes(size, (double)m->checkpoints.bytes));
	if (m->all.conflicts)
		printf("%ld conflict%s: trials that are done in two stores with different "
		       "numbers\n",
		       m->all.conflicts, m->all.conflicts == 1 ? "" : "s");
}

static int merge(struct merging *m, const struct command_line *line, struct store *target,
		 struct error *err)
{
	struct store_totals totals;
	int result;

	json_open(&m->json, NULL, '{');
	json_open(&m->json, "stores", '[');
	result = copy_and_take(m, line, target, err);
	m->is_merged = !result;
	if (!result)
		take_checkpoints(m, line, target);
	if (!result)
		result = store_totals(target, NULL, &totals, err);
	if (!result)
		print(m, line, &totals);
	return result;
}

static int run(struct command_line *line, struct error *err)
{
	struct merging m = {.checkpoint_error = ERROR_INIT};
	struct store *target = NULL;
	bool is_new;
	int result = check_files(line, &is_new, err);

	if (result)
		return result;
	result = store_open(&target, line->common.db, STORE_WRITE, err);
	if (!result)
		result = merge(&m, line, target, err);
	store_close(target);
	if (result && is_new && !m.is_merged)
		remove_new(line->common.db);
	json_release(&m.json);
	return result ? result : m.all.conflicts > 0;
}

const struct command cmd_merge = {
	.name = "merge",
	.arguments = "STORE...",
	.min_arguments = 1,
	.max_arguments = SIZE_MAX,
	.summary = "shards into one store; --db is the target",
	.examples = "muon-sweep merge shard-*.db --db study.db\n"
		    "muon-sweep merge a.db b.db --db all.db --mixed-versions --json\n",
	.details = "The stores are only read, and all are taken or none.  Merging again changes "
		   "nothing.\n"
		   "Of a trial that two stores have, the one that got further is taken.  Where "
		   "both are\n"
		   "done with different numbers, the target's stay, the conflict is told and the "
		   "exit\n"
		   "status is 1.  Checkpoints come along of trials that are not done, which go "
		   "on from\n"
		   "there with 'run'.",
	.options = keys,
	.n_options = ARRAY_SIZE(keys),
	.options_size = sizeof(struct merge_command),
	.run = run,
};
