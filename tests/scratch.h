/* SPDX-License-Identifier: MIT
 *
 * A scratch folder for tests that write files.  The user's cache and data folders lie in it
 * too, so that a test never meets what is there.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/check.h"

static char scratch[256];

static inline int scratch_make(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(scratch, sizeof(scratch), "%s/muon-sweep-test-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(scratch) || chdir(scratch) < 0)
		return -1;
	setenv("XDG_CACHE_HOME", scratch, 1);
	unsetenv("MUON_SWEEP_DATA");
	return 0;
}

static inline int scratch_remove(void **state)
{
	char command[512];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf -- '%s'", scratch);
	return chdir("/") < 0 || system(command) != 0;
}

/* Paths are relative: the scratch folder is the current one. */
static inline void scratch_write(const char *path, const void *data, size_t size)
{
	struct error err = ERROR_INIT;

	check_ok(file_write(path, data, size, &err), &err);
}

static inline void scratch_write_text(const char *path, const char *text)
{
	scratch_write(path, text, strlen(text));
}

#endif
