/* SPDX-License-Identifier: MIT
 *
 * Files: whole files in memory, read-only maps, and writes that are there wholly or not
 * at all.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

/* A read-only memory map; of an open one `data` is never NULL, also where the file is empty. */
struct file_map {
	const unsigned char *data;
	size_t size;
};

int file_map_open(struct file_map *map, const char *path, struct error *err); /* ERR_IO */
void file_map_close(struct file_map *map);

/* Takes the pages that were read out of this process's memory; they stay in the system's cache,
 * and are there again when they are read again. */
void file_map_forget(const struct file_map *map);

/* Appends the whole file (a pipe and "/dev/stdin" too) to `text`.  ERR_IO. */
int file_read(struct text *text, const char *path, struct error *err);

/* Writes to "path.tmp.PID", syncs and renames: readers, also after a loss of power, see the old
 * file or the new one.  A device, a pipe or a link that is there already stays and is written to.
 * ERR_IO. */
int file_write(const char *path, const void *data, size_t size, struct error *err);

/* Copies a file to `path` as file_write() does, if check(context, copy), which may read the copy
 * under the name that it has until then, returns 0.  ERR_DATA where `from` cannot be read, ERR_IO
 * where `path` cannot be written, or what `check` returns. */
int file_copy(const char *path, const char *from,
	      int (*check)(void *context, const char *copy, struct error *err), void *context,
	      struct error *err);

/* mkdir -p; what it makes is there also after a loss of power.  ERR_IO. */
int directory_make(const char *path, struct error *err);

/* The user's cache folder for this program ($XDG_CACHE_HOME/muon-sweep, else
 * $HOME/.cache/muon-sweep, else /tmp/muon-sweep-UID), made if missing.  ERR_IO. */
int cache_directory(struct text *path, struct error *err);

#endif
