/* SPDX-License-Identifier: MIT */
#include "sweep/preset.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

#define N_PLACES 3
#define ENDING	 ".yaml"

/* The folders that may hold presets, the nearest first. */
static void find_places(struct text places[N_PLACES])
{
	char program[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	text_add(&places[0], "sweep/presets");
	if (length <= 0)
		return;
	program[length] = '\0';
	slash = strrchr(program, '/');
	if (!slash)
		return;
	*slash = '\0';
	text_printf(&places[1], "%s/sweep/presets", program);
	text_printf(&places[2], "%s/../share/muon-sweep/presets", program);
}

static void release_places(struct text places[N_PLACES])
{
	for (size_t i = 0; i < N_PLACES; i++)
		text_release(&places[i]);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_preset(const struct dirent *entry)
{
	return text_ends_with(entry->d_name, ENDING);
}

/* Calls `each` with every preset's name and path; a name found twice counts where first found. */
static void each_preset(void (*each)(void *context, const char *name, const char *path),
			void *context)
{
	struct text places[N_PLACES] = {{0}};
	struct text seen = {0};

	find_places(places);
	for (size_t i = 0; i < N_PLACES; i++) {
		struct dirent **entries = NULL;
		int n = places[i].length ? scandir(places[i].data, &entries, is_preset, by_name)
					 : 0;

		for (int k = 0; k < n; k++) {
			char name[NAME_MAX + 4], path[PATH_MAX + NAME_MAX + 64];

			snprintf(name, sizeof(name), "\n%.*s\n",
				 (int)(strlen(entries[k]->d_name) - strlen(ENDING)),
				 entries[k]->d_name);
			snprintf(path, sizeof(path), "%s/%s", places[i].data, entries[k]->d_name);
			if (!strstr(text_string(&seen), name)) {
				text_add(&seen, name);
				name[strlen(name) - 1] = '\0';
				each(context, name + 1, path);
			}
			free(entries[k]);
		}
		free(entries);
	}
	text_release(&seen);
	release_places(places);
}

struct search {
	const char *wanted;
	struct text *path;
	struct suggestion near;
	char best[NAME_MAX + 1];
};

static void consider(void *context, const char *name, const char *path)
{
	struct search *search = context;
	const char *before = search->near.best;

	if (!search->path->length && strcmp(name, search->wanted) == 0)
		text_add(search->path, path);
	suggestion_offer(&search->near, name);
	if (search->near.best != before) {
		snprintf(search->best, sizeof(search->best), "%s", name);
		search->near.best = search->best;
	}
}

static bool is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

int preset_find(const char *path_or_name, struct text *path, bool *hides, struct error *err)
{
	struct search search = {.wanted = path_or_name, .path = path};
	bool is_path = strchr(path_or_name, '/') != NULL;
	char hint[NAME_MAX + 32];

	*hides = false;
	text_clear(path);
	if (!is_path) {
		suggestion_start(&search.near, path_or_name);
		each_preset(consider, &search);
	}
	if (is_path || is_file(path_or_name)) {
		*hides = path->length > 0;
		text_clear(path);
		text_add(path, path_or_name);
		return 0;
	}
	if (path->length)
		return 0;
	suggestion_text(&search.near, hint, sizeof(hint));
	return error_set(err, ERR_USAGE, "no sweep file or preset '%s'%s", path_or_name,
			 hint[0] ? hint : "; 'muon-sweep help spec' lists the presets");
}

static void describe(void *context, const char *name, const char *path)
{
	struct text *out = context, file = {0};
	const char *line;

	text_printf(out, "  %-14s", name);
	if (file_read(&file, path, NULL) == 0) {
		line = text_string(&file);
		line += strspn(line, "# ");
		text_printf(out, " %.*s", (int)strcspn(line, "\n"), line);
	}
	text_add(out, "\n");
	text_release(&file);
}

void presets_describe(struct text *out)
{
	each_preset(describe, out);
}
