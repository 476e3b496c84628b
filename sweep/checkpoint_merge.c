/* SPDX-License-Identifier: MIT
 *
 * Only folders of keys that the target may want are looked into.  Of each key the steps of both
 * sides are gone through from the newest on.
 */
#include "sweep/checkpoint_merge.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "sweep/checkpoint.h"
#include "sweep/checkpoint_folder.h"

/* A key and a step at which a trial leaves it, or ANY_FORK; 0: the key is the trial's own. */
struct want {
	char *key;
	int64_t fork;
};

struct wants {
	struct want *items;
	size_t n, capacity;
};

struct step_list {
	int64_t *items;
	size_t n, capacity;
};

/* One merge of folders; of one key in the lower part. */
struct work {
	struct checkpoint_merge *merge;
	struct store *target;
	const char *to, *from; /* the source that is being taken */
	struct wants wants;    /* by key, and then by step */
	int result;	       /* the first error that ends it */
	struct error *err;

	const char *key;
	const struct want *first; /* of the key */
	size_t n_wants;
	int64_t step; /* of the one that is being checked or copied */
	size_t size;
};

/* --- which steps --- */

/* Where tuning may branch, it follows from losses which of the steps that are there it may ask for:
 * all stay until a run, which knows them, carries the trunk on. */
static bool is_fork(const void *context, int64_t step)
{
	const struct work *w = context;

	for (size_t i = 0; i < w->n_wants; i++)
		if (w->first[i].fork == step || w->first[i].fork == ANY_FORK)
			return true;
	return false;
}

/* The last that anybody could start from. */
static int64_t last_of_use(const struct work *w)
{
	int64_t last = w->first[w->n_wants - 1].fork;

	return last > 0 ? last : INT64_MAX;
}

static void add_step(void *context, int64_t step)
{
	struct step_list *list = context;

	list->items = grow_array(list->items, &list->capacity, list->n + 1, sizeof(int64_t));
	list->items[list->n++] = step;
}

static int newest_first(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x < y) - (x > y);
}

/* --- one checkpoint --- */

static int check(void *context, const char *path, struct error *err)
{
	struct work *w = context;
	struct checkpoint found;
	struct file_map map;
	int result = file_map_open(&map, path, err);

	if (result)
		return result;
	w->size = map.size;
	result = checkpoint_parse(map.data, map.size, &found, err);
	if (!result && (strcmp(found.key, w->key) != 0 || found.step != w->step))
		result = error_set(err, ERR_DATA, "it is of another trial or step");
	file_map_close(&map);
	return result;
}

/* Of the target's own. */
static bool is_sound(struct work *w, int64_t step)
{
	struct text path = {0};
	struct error err = ERROR_INIT;
	int result;

	w->step = step;
	checkpoint_path(&path, w->to, w->key, step);
	result = check(w, path.data, &err);
	text_release(&path);
	return !result;
}

/* Of a run that is at work there, one may just have been removed. */
static void tell_skipped(const struct work *w, const char *path, const char *reason)
{
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return;
	w->merge->n_skipped++;
	if (w->merge->skipped)
		w->merge->skipped(w->merge->context, path, reason);
}

/* Where there is a folder that cannot be read, that is told. */
static bool can_read(const struct work *w, const char *folder)
{
	if (access(folder, R_OK | X_OK) == 0)
		return true;
	tell_skipped(w, folder, strerror(errno));
	return false;
}

static bool copy(struct work *w, int64_t step)
{
	struct text folder = {0}, path = {0}, source = {0};
	struct error err = ERROR_INIT;
	int result;

	w->step = step;
	text_printf(&folder, "%s/%s", w->to, w->key);
	checkpoint_path(&path, w->to, w->key, step);
	checkpoint_path(&source, w->from, w->key, step);
	result = directory_make(folder.data, &err);
	if (!result)
		result = file_copy(path.data, source.data, check, w, &err);
	if (!result) {
		w->merge->taken++;
		w->merge->bytes += (int64_t)w->size;
	} else if (result == -ERR_DATA) {
		tell_skipped(w, source.data, err.text);
	} else {
		w->result = error_set(w->err, err.code, "%s", err.text);
	}
	if (result) {
		checkpoint_folder_remove(folder.data);
		checkpoint_folder_remove(w->to);
	}
	text_release(&folder);
	text_release(&path);
	text_release(&source);
	return !result;
}

/* --- a key --- */

static void copy_steps(struct work *w, const struct step_list *there, const struct step_list *here)
{
	int64_t taken = 0, last = last_of_use(w);
	size_t n_newer = 0, h = 0;

	for (size_t i = 0; i < there->n && !w->result; i++) {
		int64_t step = there->items[i];
		bool is_here;

		if (step > last)
			continue;
		while (h < here->n && here->items[h] > step)
			n_newer += here->items[h++] <= last;
		is_here = h < here->n && here->items[h] == step;
		h += is_here;
		if (n_newer >= CHECKPOINTS_KEPT && !is_fork(w, step))
			continue;
		if (is_here && is_sound(w, step)) {
			n_newer++;
			continue;
		}
		if (!copy(w, step))
			continue;
		n_newer++;
		taken = taken ? taken : step;
	}
	if (taken)
		checkpoint_prune(w->to, w->key, checkpoint_newest(w->to, w->key, last), is_fork, w);
}

static int compare_key(const void *key, const void *want)
{
	return strcmp(key, ((const struct want *)want)->key);
}

/* Sets `first` and `n_wants`. */
static bool find_wants(struct work *w)
{
	const struct wants *all = &w->wants;
	const struct want *end = all->items + all->n, *found = NULL;

	if (all->n > 0)
		found = bsearch(w->key, all->items, all->n, sizeof(*found), compare_key);
	if (!found)
		return false;
	while (found > all->items && strcmp(found[-1].key, w->key) == 0)
		found--;
	w->first = found;
	for (w->n_wants = 0; found < end && strcmp(found->key, w->key) == 0; found++)
		w->n_wants++;
	return true;
}

static void take_key(void *context, const char *key)
{
	struct work *w = context;
	struct step_list there = {0}, here = {0};
	struct text folder = {0};

	w->key = key;
	if (w->result || !find_wants(w))
		return;
	text_printf(&folder, "%s/%s", w->from, key);
	can_read(w, folder.data);
	text_release(&folder);
	checkpoint_remove_leftovers(w->to, key);
	checkpoint_each(w->from, key, add_step, &there);
	checkpoint_each(w->to, key, add_step, &here);
	if (there.n > 0)
		qsort(there.items, there.n, sizeof(int64_t), newest_first);
	if (here.n > 0)
		qsort(here.items, here.n, sizeof(int64_t), newest_first);
	copy_steps(w, &there, &here);
	free(there.items);
	free(here.items);
}

/* An earlier merge may have brought them. */
static void remove_over(void *context, const char *key)
{
	struct work *w = context;
	bool is_known = false;

	w->key = key;
	if (w->result || find_wants(w))
		return;
	w->result = store_has_key(w->target, key, &is_known, w->err);
	if (is_known)
		checkpoint_remove_all(w->to, key);
}

/* --- all --- */

static void add_want(void *context, const char *key, int64_t fork)
{
	struct wants *wants = context;

	wants->items =
		grow_array(wants->items, &wants->capacity, wants->n + 1, sizeof(struct want));
	wants->items[wants->n++] = (struct want){xstrdup(key), fork};
}

int checkpoint_merge(struct checkpoint_merge *merge, struct store *target, const char *to,
		     const char *const *from, size_t n_from, struct error *err)
{
	struct work w = {.merge = merge, .target = target, .to = to, .err = err};

	w.result = store_each_checkpoint_key(target, add_want, &w.wants, err);
	if (!w.result)
		checkpoint_each_key(to, remove_over, &w);
	for (size_t i = 0; i < n_from && !w.result; i++) {
		w.from = from[i];
		if (can_read(&w, w.from))
			checkpoint_each_key(w.from, take_key, &w);
	}
	for (size_t i = 0; i < w.wants.n; i++)
		free(w.wants.items[i].key);
	free(w.wants.items);
	return w.result;
}
