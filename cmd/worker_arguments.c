/* SPDX-License-Identifier: MIT */
#include "cmd/worker_arguments.h"

#define FIXED 6 /* the words that are always there, with the NULL at the end */

static size_t count(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

const char *const *worker_arguments(struct command_line *line, const char *spec, int threads,
				    const char *const *more)
{
	const struct common_options *common = &line->common;
	size_t n_words = FIXED + count(more) + 2 * common->n_settings, n = 0;
	const char **argv = arena_alloc(&line->arena, n_words * sizeof(*argv));

	argv[n++] = line->program;
	argv[n++] = "worker";
	argv[n++] = spec;
	argv[n++] = "--threads";
	argv[n++] = arena_printf(&line->arena, "%d", threads);
	while (*more)
		argv[n++] = *more++;
	for (size_t i = 0; i < common->n_settings; i++) {
		argv[n++] = "-s";
		argv[n++] = common->settings[i];
	}
	argv[n] = NULL;
	return argv;
}

const char *const *worker_trial_arguments(const struct trial *trial, struct arena *arena)
{
	const char **words = arena_alloc(arena, 5 * sizeof(*words));
	struct text values = {0};
	size_t n = 0;

	words[n++] = trial->key;
	words[n++] = arena_printf(arena, "%zu", trial->cell);
	for (size_t i = 0; i < trial->n_values; i++)
		text_printf(&values, "%s%s=%s", i ? ";" : "", trial->values[i].path,
			    trial->values[i].text);
	if (trial->n_values > 0) {
		words[n++] = "--values";
		words[n++] = arena_strdup(arena, values.data);
	}
	words[n] = NULL;
	text_release(&values);
	return words;
}
