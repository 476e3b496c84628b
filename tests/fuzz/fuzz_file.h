/* SPDX-License-Identifier: MIT
 *
 * For what reads a path: a file in memory where the system has such, in a folder of this process.
 */
#ifndef TESTS_FUZZ_FUZZ_FILE_H
#define TESTS_FUZZ_FUZZ_FILE_H

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

static char fuzz_folder[64];

/* Another process removes the folder when this one is gone, however it ended. */
static inline void fuzz_folder_watch(void)
{
	int ends[2];
	char byte;

	fuzz_demand(pipe2(ends, O_CLOEXEC) == 0);
	if (fork() != 0) {
		close(ends[0]); /* the other end stays open for as long as this process lives */
		return;
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	close(ends[1]);
	while (read(ends[0], &byte, 1) > 0)
		;
	execlp("rm", "rm", "-rf", fuzz_folder, (char *)NULL);
	_exit(1);
}

/* Also keeps caches out: every input is seen for the first time. */
static inline void fuzz_folder_make(void)
{
	if (fuzz_folder[0])
		return;
	snprintf(fuzz_folder, sizeof(fuzz_folder), "/dev/shm/muon-sweep-fuzz-XXXXXX");
	if (!mkdtemp(fuzz_folder)) {
		snprintf(fuzz_folder, sizeof(fuzz_folder), "/tmp/muon-sweep-fuzz-XXXXXX");
		fuzz_demand(mkdtemp(fuzz_folder));
	}
	fuzz_folder_watch();
	setenv("XDG_CACHE_HOME", "/dev/null", 1);
}

/* Writes a file of that name and tells its path; fuzz_file_remove() ends it. */
static inline void fuzz_file_write(char path[128], const char *name, const void *data, size_t size)
{
	int fd;

	fuzz_folder_make();
	snprintf(path, 128, "%s/%s", fuzz_folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	fuzz_demand(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
}

static inline void fuzz_file_remove(const char *path)
{
	unlink(path);
}

#endif
