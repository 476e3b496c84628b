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

/* "lr=0.02;train.batch_tokens=2k" */
static const char *list_values(const struct trial *trial, struct arena *arena)
{
	struct text values = {0};
	const char *list;

	for (size_t i = 0; i < trial->n_values; i++)
		text_printf(&values, "%s%s=%s", i ? ";" : "", trial->values[i].path,
			    trial->values[i].text);
	list = arena_strdup(arena, text_string(&values));
	text_release(&values);
	return list;
}

/* "800,1600" */
static const char *list_steps(const int64_t *steps, size_t n, struct arena *arena)
{
	struct text text = {0};
	const char *list;

	for (size_t i = 0; i < n; i++)
		text_printf(&text, "%s%lld", i ? "," : "", (long long)steps[i]);
	list = arena_strdup(arena, text_string(&text));
	text_release(&text);
	return list;
}

const char *const *worker_trial_arguments(const struct trial *trial, const int64_t *forks,
					  size_t n_forks, struct arena *arena)
{
	const char **words = arena_alloc(arena, 9 * sizeof(*words));
	size_t n = 0;

	words[n++] = trial->key;
	words[n++] = arena_printf(arena, "%zu", trial->cell);
	words[n++] = "--corpus";
	words[n++] = trial->corpus->hash;
	if (trial->n_values > 0) {
		words[n++] = "--values";
		words[n++] = list_values(trial, arena);
	}
	if (n_forks > 0) {
		words[n++] = "--forks";
		words[n++] = list_steps(forks, n_forks, arena);
	}
	words[n] = NULL;
	return words;
}
