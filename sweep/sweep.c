/* SPDX-License-Identifier: MIT */
#include "sweep/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "sweep/override.h"
#include "sweep/preset.h"
#include "sweep/sweep_build.h"

static int find_in_files(const struct corpus_options *options, struct arena *arena,
			 struct corpus_facts *facts, struct error *err)
{
	struct corpus *corpus;
	int result = corpus_open(&corpus, options, err);

	if (result)
		return result;
	*facts = *corpus_facts(corpus);
	facts->name = arena_strdup(arena, facts->name);
	facts->tokenizer = arena_strdup(arena, facts->tokenizer);
	facts->provenance = arena_strdup(arena, facts->provenance);
	corpus_close(corpus);
	return 0;
}

const struct corpus_source corpus_source_files = {find_in_files};

/* "dir/quickstart.yaml" names a sweep "quickstart". */
static const char *default_name(const char *file, struct arena *arena)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash ? slash + 1 : file;
	const char *dot = strrchr(name, '.');

	return dot && dot > name ? arena_printf(arena, "%.*s", (int)(dot - name), name)
				 : arena_strdup(arena, name);
}

static const char *keep_text(struct sweep *sweep, const char *text, size_t size,
			     const char *const *settings, size_t n_settings)
{
	struct text kept = {0};
	const char *result;

	text_add_bytes(&kept, text, size);
	for (size_t i = 0; i < n_settings; i++)
		text_printf(&kept, "%s# -s %s\n",
			    kept.length && kept.data[kept.length - 1] != '\n' ? "\n" : "",
			    settings[i]);
	result = arena_strdup(&sweep->arena, kept.data);
	text_release(&kept);
	return result;
}

/* The keys of the sweep itself, which are no axes. */
static void read_identity(struct sweep *sweep, const struct spec *spec, const char *file)
{
	struct trial_options options;

	trial_options_init(&options, &sweep->arena);
	for (size_t i = 0; i < spec->base.fixed.n; i++)
		if (spec->base.fixed.items[i].arm == ALL_ARMS)
			setting_apply(&spec->base.fixed.items[i], &options, NULL, &sweep->arena);
	sweep->name =
		options.sweep.name[0] ? options.sweep.name : default_name(file, &sweep->arena);
	sweep->seed = options.sweep.seed;
}

/* What a sweep is read from. */
struct source {
	const char *file, *text;
	size_t size;
	const char *const *settings;
	size_t n_settings;
	const struct corpus_source *corpora;
	const struct cell_choice *choice; /* this one alone; NULL: all */
};

static int read_into(struct sweep *sweep, const struct source *from, struct error *err)
{
	struct trial *trial;
	struct node *root;
	int result = yaml_parse(&root, from->file, from->text, from->size, &sweep->arena, err);

	sweep->spec = arena_alloc(&sweep->arena, sizeof(*sweep->spec));
	sweep->file = arena_strdup(&sweep->arena, from->file);
	sweep->source = from->corpora;

	for (size_t i = 0; i < from->n_settings && !result; i++)
		result = override_apply(root, from->settings[i], &sweep->arena, err);
	if (!result)
		result = spec_read(sweep->spec, root, &sweep->arena, err);
	if (result)
		return result;
	sweep->text = keep_text(sweep, from->text, from->size, from->settings, from->n_settings);
	read_identity(sweep, sweep->spec, from->file);
	return from->choice ? sweep_extend(sweep, from->choice, &trial, err)
			    : sweep_build(sweep, err);
}

static int read_source(struct sweep **sweep, const struct source *from, struct error *err)
{
	int result;

	*sweep = xcalloc(1, sizeof(**sweep));
	result = read_into(*sweep, from, err);
	if (result) {
		sweep_free(*sweep);
		*sweep = NULL;
	}
	return result;
}

int sweep_read(struct sweep **sweep, const char *file, const char *text, size_t size,
	       const char *const *settings, size_t n_settings, const struct corpus_source *source,
	       struct error *err)
{
	const struct source from = {file, text, size, settings, n_settings, source, NULL};

	return read_source(sweep, &from, err);
}

/* `choice` NULL: all. */
static int load(struct sweep **sweep, const char *path_or_preset, const char *called,
		const char *const *settings, size_t n_settings, const struct cell_choice *choice,
		struct error *err)
{
	struct text path = {0}, text = {0};
	bool hides;
	int result = preset_find(path_or_preset, &path, &hides, err);

	*sweep = NULL;
	if (!result)
		result = file_read(&text, path.data, err);
	if (!result) {
		const struct source from = {called && called[0] ? called : path.data,
					    text_string(&text),
					    text.length,
					    settings,
					    n_settings,
					    &corpus_source_files,
					    choice};

		result = read_source(sweep, &from, err);
	}
	if (!result && hides)
		sweep_warn(*sweep,
			   arena_printf(&(*sweep)->arena,
					"'%s' is taken from the file of that name here, not "
					"from the presets",
					path_or_preset));
	text_release(&path);
	text_release(&text);
	return result;
}

int sweep_load(struct sweep **sweep, const char *path_or_preset, const char *const *settings,
	       size_t n_settings, struct error *err)
{
	return load(sweep, path_or_preset, NULL, settings, n_settings, NULL, err);
}

int sweep_load_cell(struct sweep **sweep, const char *path_or_preset, const char *called,
		    const char *const *settings, size_t n_settings,
		    const struct cell_choice *choice, struct error *err)
{
	return load(sweep, path_or_preset, called, settings, n_settings, choice, err);
}

void sweep_free(struct sweep *sweep)
{
	if (!sweep)
		return;
	model_sizes_release(&sweep->models);
	trial_index_release(&sweep->index);
	trial_index_release(&sweep->whole_budgets);
	free(sweep->trials);
	free(sweep->dropped);
	free(sweep->warnings);
	arena_release(&sweep->arena);
	free(sweep);
}

void sweep_drop(struct sweep *sweep, const char *reason)
{
	for (size_t i = 0; i < sweep->n_dropped; i++)
		if (strcmp(sweep->dropped[i].reason, reason) == 0) {
			sweep->dropped[i].n++;
			return;
		}
	sweep->dropped = grow_array(sweep->dropped, &sweep->dropped_capacity, sweep->n_dropped + 1,
				    sizeof(*sweep->dropped));
	sweep->dropped[sweep->n_dropped++] =
		(struct sweep_dropped){arena_strdup(&sweep->arena, reason), 1};
}

void sweep_warn(struct sweep *sweep, const char *warning)
{
	sweep->warnings = grow_array(sweep->warnings, &sweep->warnings_capacity,
				     sweep->n_warnings + 1, sizeof(*sweep->warnings));
	sweep->warnings[sweep->n_warnings++] = warning;
}

const struct trial *sweep_find(const struct sweep *sweep, const char *key)
{
	return trial_index_find(&sweep->index, key);
}
