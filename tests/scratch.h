/* SPDX-License-Identifier: MIT
 *
 * A scratch folder for tests that write files: scratch_make and scratch_remove as setup and
 * teardown of a test or a group.  It becomes the current folder, and the user's cache and data
 * folders lie in it too, so that a test never meets what is there.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "tests/check.h"

static char scratch[256];
static struct arena scratch_arena;

static inline int scratch_make(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(scratch, sizeof(scratch), "%s/muon-sweep-test-XXXXXX",
		 base && base[0] ? base : "/tmp");
	if (!mkdtemp(scratch) || chdir(scratch) < 0)
		return -1;
	setenv("XDG_CACHE_HOME", scratch, 1);
	unsetenv("MUON_SWEEP_DATA");
	return 0;
}

static inline int scratch_unlink(const char *path, const struct stat *status, int type,
				 struct FTW *at)
{
	(void)status, (void)type, (void)at;
	return remove(path);
}

static inline int scratch_remove(void **state)
{
	(void)state;
	arena_release(&scratch_arena);
	return chdir("/") < 0 ? -1 : nftw(scratch, scratch_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

/* The full path of a file in the folder; lives as long as it. */
static inline const char *scratch_path(void **state, const char *name)
{
	(void)state;
	return arena_printf(&scratch_arena, "%s/%s", scratch, name);
}

static inline void scratch_write(const char *path, const void *data, size_t size)
{
	struct error err = ERROR_INIT;

	check_ok(file_write(path, data, size, &err), &err);
}

static inline void scratch_write_text(const char *path, const char *text)
{
	scratch_write(path, text, strlen(text));
}

/* Setup of a group whose tests provoke warnings. */
static inline int quiet(void **state)
{
	(void)state;
	log_set_level(LOG_QUIET);
	return 0;
}

/* A test with a folder of its own. */
#define SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

#endif
