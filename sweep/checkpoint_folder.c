/* SPDX-License-Identifier: MIT */
#include "sweep/checkpoint_folder.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char ending[] = ".checkpoint";

void checkpoint_folder(struct text *folder, const char *store_path)
{
	text_printf(folder, "%s-checkpoints", store_path);
}

int64_t trial_fork_step(const struct trial *trial)
{
	return trial->trunk_key[0] ? trial->steps - trial->schedule.decay_steps : 0;
}

void checkpoint_path(struct text *path, const char *folder, const char *key, int64_t step)
{
	text_printf(path, "%s/%s/%lld%s", folder, key, (long long)step, ending);
}

/* The step that a file is called by; 0: it is no checkpoint. */
static int64_t step_of(const char *name)
{
	char *end;
	long long step = strtoll(name, &end, 10);

	return end != name && step > 0 && strcmp(end, ending) == 0 ? step : 0;
}

static DIR *open_folder(const char *folder, const char *key)
{
	struct text path = {0};
	DIR *directory;

	text_printf(&path, "%s/%s", folder, key);
	directory = opendir(path.data);
	text_release(&path);
	return directory;
}

void checkpoint_each(const char *folder, const char *key, void (*each)(void *context, int64_t step),
		     void *context)
{
	DIR *directory = open_folder(folder, key);

	if (!directory)
		return;
	for (struct dirent *entry; (entry = readdir(directory));)
		if (step_of(entry->d_name) > 0)
			each(context, step_of(entry->d_name));
	closedir(directory);
}

struct newest {
	int64_t most, found;
};

static void keep_newest(void *context, int64_t step)
{
	struct newest *newest = context;

	if (step <= newest->most && step > newest->found)
		newest->found = step;
}

int64_t checkpoint_newest(const char *folder, const char *key, int64_t most)
{
	struct newest newest = {.most = most};

	checkpoint_each(folder, key, keep_newest, &newest);
	return newest.found;
}

void checkpoint_remove(const char *folder, const char *key, int64_t step)
{
	struct text path = {0};

	checkpoint_path(&path, folder, key, step);
	unlink(path.data);
	text_release(&path);
}

void checkpoint_prune(const char *folder, const char *key, int64_t step,
		      bool (*stays)(const void *context, int64_t step), const void *context)
{
	int64_t old = step;

	for (int i = 1; i < CHECKPOINTS_KEPT && old > 0; i++)
		old = checkpoint_newest(folder, key, old - 1);
	while (old > 0 && (old = checkpoint_newest(folder, key, old - 1)) > 0)
		if (!stays(context, old))
			checkpoint_remove(folder, key, old);
}

/* Removes the files of a key that `which` says. */
static void remove_files(const char *folder, const char *key, bool (*which)(const char *name))
{
	DIR *directory = open_folder(folder, key);

	if (!directory)
		return;
	for (struct dirent *entry; (entry = readdir(directory));)
		if (which(entry->d_name))
			unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
}

/* "STEP.checkpoint.tmp.PID", see file_write(); NULL for others. */
static const char *writer_of(const char *name)
{
	static const char mark[] = ".checkpoint.tmp.";
	const char *found = strstr(name, mark);

	return found ? found + sizeof(mark) - 1 : NULL;
}

static bool is_leftover(const char *name)
{
	const char *writer = writer_of(name);
	long pid = writer ? strtol(writer, NULL, 10) : 0;

	return pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static bool is_checkpoint(const char *name)
{
	return step_of(name) > 0 || writer_of(name);
}

void checkpoint_remove_leftovers(const char *folder, const char *key)
{
	remove_files(folder, key, is_leftover);
}

void checkpoint_remove_all(const char *folder, const char *key)
{
	struct text path = {0};

	remove_files(folder, key, is_checkpoint);
	text_printf(&path, "%s/%s", folder, key);
	rmdir(path.data);
	rmdir(folder); /* where it was the last */
	text_release(&path);
}

void checkpoint_each_key(const char *folder, void (*each)(void *context, const char *key),
			 void *context)
{
	DIR *directory = opendir(folder);

	if (!directory)
		return;
	for (struct dirent *entry; (entry = readdir(directory));)
		if (entry->d_name[0] != '.')
			each(context, entry->d_name);
	closedir(directory);
}

void checkpoint_folder_remove(const char *folder)
{
	rmdir(folder);
}
