/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

int file_map_open(struct file_map *map, const char *path, struct error *err)
{
	struct stat status;
	void *data;
	int result = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*map = (struct file_map){(const unsigned char *)"", 0};
	if (fd < 0)
		return error_set_errno(err, ERR_IO, "cannot open '%s'", path);
	if (fstat(fd, &status) < 0) {
		result = error_set_errno(err, ERR_IO, "cannot read '%s'", path);
	} else if (!S_ISREG(status.st_mode)) {
		result = error_set(err, ERR_IO, "'%s' is not a regular file", path);
	} else if (status.st_size > 0) {
		data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
		if (data == MAP_FAILED)
			result = error_set_errno(err, ERR_IO, "cannot map '%s'", path);
		else
			*map = (struct file_map){data, (size_t)status.st_size};
	}
	close(fd);
	return result;
}

void file_map_close(struct file_map *map)
{
	if (map->size)
		munmap((void *)map->data, map->size);
	*map = (struct file_map){0};
}

void file_map_forget(const struct file_map *map)
{
	if (map->size)
		madvise((void *)map->data, map->size, MADV_DONTNEED);
}

int file_read(struct text *text, const char *path, struct error *err)
{
	char buffer[65536];
	size_t got;
	int result = 0;
	FILE *file = fopen(path, "re");

	if (!file)
		return error_set_errno(err, ERR_IO, "cannot open '%s'", path);
	while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
		text_add_bytes(text, buffer, got);
	if (ferror(file))
		result = error_set_errno(err, ERR_IO, "cannot read '%s'", path);
	fclose(file);
	return result;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t wrote = write(fd, data, size);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -1;
		data += wrote;
		size -= (size_t)wrote;
	}
	return 0;
}

static int write_to(const char *path, const void *data, size_t size, bool sync)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int failed;

	if (fd < 0)
		return -1;
	failed = write_all(fd, data, size) || (sync && fsync(fd) < 0);
	return close(fd) < 0 || failed ? -1 : 0;
}

static bool can_be_replaced(const char *path)
{
	struct stat status;

	return lstat(path, &status) < 0 || S_ISREG(status.st_mode);
}

/* So that the name is on the disk too; what a file system does not offer is done without. */
static void sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

static int replace(const char *path, const void *data, size_t size)
{
	struct text temporary = {0};
	int failed, cause;

	text_printf(&temporary, "%s.tmp.%ld", path, (long)getpid());
	failed = write_to(temporary.data, data, size, true) || rename(temporary.data, path) < 0;
	cause = errno;
	if (failed)
		unlink(temporary.data);
	else
		sync_folder(path);
	text_release(&temporary);
	errno = cause;
	return failed;
}

int file_write(const char *path, const void *data, size_t size, struct error *err)
{
	int failed = can_be_replaced(path) ? replace(path, data, size)
					   : write_to(path, data, size, false);

	return failed ? error_set_errno(err, ERR_IO, "cannot write '%s'", path) : 0;
}

/* Copies up to the end; -1: `in` cannot be read, 1: `out` cannot be written, with errno. */
static int copy_all(int out, int in)
{
	char buffer[65536];
	ssize_t got;

	while ((got = read(in, buffer, sizeof(buffer))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (write_all(out, buffer, (size_t)got) < 0)
			return 1;
	}
	return fsync(out) < 0;
}

static int copy_to(const char *temporary, int in, const char *path, const char *from,
		   struct error *err)
{
	int out = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int failed = out < 0 ? 1 : copy_all(out, in);
	int cause = errno;

	if (out >= 0 && close(out) < 0 && !failed) {
		failed = 1;
		cause = errno;
	}
	errno = cause;
	if (failed < 0)
		return error_set_errno(err, ERR_DATA, "cannot read '%s'", from);
	return failed ? error_set_errno(err, ERR_IO, "cannot write '%s'", path) : 0;
}

int file_copy(const char *path, const char *from,
	      int (*check)(void *context, const char *copy, struct error *err), void *context,
	      struct error *err)
{
	struct text temporary = {0};
	int result, in = open(from, O_RDONLY | O_CLOEXEC);

	if (in < 0)
		return error_set_errno(err, ERR_DATA, "cannot open '%s'", from);
	text_printf(&temporary, "%s.tmp.%ld", path, (long)getpid());
	result = copy_to(temporary.data, in, path, from, err);
	close(in);
	if (!result)
		result = check(context, temporary.data, err);
	if (!result && rename(temporary.data, path) < 0)
		result = error_set_errno(err, ERR_IO, "cannot write '%s'", path);
	if (result)
		unlink(temporary.data);
	else
		sync_folder(path);
	text_release(&temporary);
	return result;
}

int directory_make(const char *path, struct error *err)
{
	struct text part = {0};
	int result = 0;

	for (const char *end = path; !result; end++) {
		if (*end != '/' && *end != '\0')
			continue;
		text_clear(&part);
		text_add_bytes(&part, path, (size_t)(end - path));
		if (part.length > 0 && mkdir(part.data, 0777) == 0)
			sync_folder(part.data);
		else if (part.length > 0 && errno != EEXIST)
			result = error_set_errno(err, ERR_IO, "cannot make the folder '%s'",
						 part.data);
		if (*end == '\0')
			break;
	}
	text_release(&part);
	return result;
}

int cache_directory(struct text *path, struct error *err)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (cache && cache[0] == '/')
		text_printf(path, "%s/muon-sweep", cache);
	else if (home && home[0] == '/')
		text_printf(path, "%s/.cache/muon-sweep", home);
	else
		text_printf(path, "/tmp/muon-sweep-%ld", (long)getuid());
	return directory_make(path->data, err);
}
