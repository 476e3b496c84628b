/* SPDX-License-Identifier: MIT */
#include "models/file_list.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/text.h"

static void add_file(struct file_list *list, const char *path, const char *folder)
{
	list->items = grow_array(list->items, &list->capacity, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = (struct listed_file){xstrdup(path), xstrdup(folder)};
}

static int walk(struct file_list *list, const char *path, const char *folder, struct error *err);

static int add_entry(struct file_list *list, const char *path, const char *folder, const char *name,
		     struct error *err)
{
	struct text below = {0};
	struct stat status;
	int result = 0;

	if (lstat(path, &status) < 0)
		return error_set_errno(err, ERR_IO, "cannot read '%s'", path);
	if (S_ISREG(status.st_mode))
		add_file(list, path, folder);
	if (S_ISDIR(status.st_mode)) {
		text_printf(&below, "%s%s/", folder, name);
		result = walk(list, path, below.data, err);
	}
	text_release(&below);
	return result;
}

static int walk(struct file_list *list, const char *path, const char *folder, struct error *err)
{
	DIR *directory = opendir(path);
	struct text child = {0};
	struct dirent *entry;
	int result = 0;

	if (!directory)
		return error_set_errno(err, ERR_IO, "cannot open the folder '%s'", path);
	while (!result && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		text_clear(&child);
		text_printf(&child, "%s/%s", path, entry->d_name);
		result = add_entry(list, child.data, folder, entry->d_name, err);
	}
	closedir(directory);
	text_release(&child);
	return result;
}

static int compare_files(const void *a, const void *b)
{
	const struct listed_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

int file_list_add(struct file_list *list, const char *path, struct error *err)
{
	size_t before = list->n;
	struct stat status;
	int result;

	if (stat(path, &status) < 0)
		return error_set_errno(err, ERR_IO, "cannot open '%s'", path);
	if (!S_ISDIR(status.st_mode)) {
		add_file(list, path, "");
		return 0;
	}
	result = walk(list, path, "", err);
	if (list->n > before)
		qsort(list->items + before, list->n - before, sizeof(*list->items), compare_files);
	return result;
}

void file_list_release(struct file_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->items[i].path);
		free(list->items[i].folder);
	}
	free(list->items);
	*list = (struct file_list){0};
}
