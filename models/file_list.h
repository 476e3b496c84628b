/* SPDX-License-Identifier: MIT
 *
 * The regular files below some paths, in an order that depends on their names alone.
 */
#ifndef MODELS_FILE_LIST_H
#define MODELS_FILE_LIST_H

#include <stddef.h>

#include "base/error.h"

struct listed_file {
	char *path;
	char *folder; /* below the path that was asked for; "" for a file asked for itself */
};

struct file_list {
	struct listed_file *items;
	size_t n, capacity;
};

/* Adds a file, or all files below a folder but hidden ones, sorted by the bytes of their
 * paths.  ERR_IO. */
int file_list_add(struct file_list *list, const char *path, struct error *err);
void file_list_release(struct file_list *list);

#endif
