/* SPDX-License-Identifier: MIT */
#include "models/corpus_find.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "models/recipe.h"

/* Where `make install` may have put corpora. */
static const char shared_directory[] =
#include "prefix.inc"
	"/share/muon-sweep";

const char *corpus_directory(void)
{
	const char *set = getenv("MUON_SWEEP_DATA");

	return set && set[0] ? set : "data";
}

static int not_here(const char *name, struct error *err)
{
	char hint[128];

	if (recipe_find(name))
		return error_set(err, ERR_DATA,
				 "corpus '%s' is not in '%s' or '%s'; get it with 'muon-sweep data "
				 "pack %s'",
				 name, corpus_directory(), shared_directory, name);
	return error_set(err, ERR_USAGE,
			 "unknown corpus '%s'; 'muon-sweep data list' shows the known ones, "
			 "'muon-sweep data pack FILE... -o %s/%s.tokens' makes it from your text%s",
			 name, corpus_directory(), name, recipe_suggest(name, hint, sizeof(hint)));
}

static int find_named(const char *name, struct arena *arena, const char **path, struct error *err)
{
	const char *const folders[] = {corpus_directory(), "data", shared_directory};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		*path = arena_printf(arena, "%s/%s.tokens", folders[i], name);
		if (access(*path, F_OK) == 0)
			return 0;
	}
	return not_here(name, err);
}

static int expand(const struct corpus_options *options, glob_t *found, struct error *err)
{
	for (size_t i = 0; i < options->n_files; i++) {
		int failed = glob(options->files[i], i ? GLOB_APPEND : 0, NULL, found);

		if (failed == GLOB_NOMATCH)
			return error_set(err, ERR_DATA,
					 "no file matches '%s'; paths are relative "
					 "to the folder the program runs in",
					 options->files[i]);
		if (failed)
			return error_set(err, ERR_IO, "cannot look for '%s'", options->files[i]);
	}
	return 0;
}

static int find_files(const struct corpus_options *options, struct arena *arena,
		      const char *const **paths, size_t *n_paths, struct error *err)
{
	glob_t found = {0};
	int result = expand(options, &found, err);

	if (!result) {
		const char **copies = arena_alloc(arena, found.gl_pathc * sizeof(*copies));

		for (size_t i = 0; i < found.gl_pathc; i++)
			copies[i] = arena_strdup(arena, found.gl_pathv[i]);
		*paths = copies;
		*n_paths = found.gl_pathc;
	}
	globfree(&found);
	return result;
}

int corpus_find(const struct corpus_options *options, struct arena *arena,
		const char *const **paths, size_t *n_paths, struct error *err)
{
	bool named = options->corpus && options->corpus[0];
	const char **one;

	if (named && options->n_files)
		return error_set(err, ERR_USAGE,
				 "data.corpus '%s' and data.files exclude each other; keep one",
				 options->corpus);
	if (options->n_files)
		return find_files(options, arena, paths, n_paths, err);
	if (!named)
		return error_set(err, ERR_USAGE,
				 "no data; give data.corpus (for instance en-dict) "
				 "or data.files");
	one = arena_alloc(arena, sizeof(*one));
	*paths = one;
	*n_paths = 1;
	return find_named(options->corpus, arena, one, err);
}
