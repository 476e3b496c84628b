/* SPDX-License-Identifier: MIT
 *
 * A folder of its own for a test: scratch_make and scratch_remove as setup and teardown.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

struct scratch {
	struct arena arena;
	char *folder;
};

static inline int scratch_make(void **state)
{
	struct scratch *scratch = xcalloc(1, sizeof(*scratch));
	const char *base = getenv("TMPDIR");

	scratch->folder = arena_printf(&scratch->arena, "%s/muon-sweep-test-XXXXXX",
				       base && base[0] ? base : "/tmp");
	*state = scratch;
	return mkdtemp(scratch->folder) ? 0 : -1;
}

/* Lives as long as the folder. */
static inline const char *scratch_path(void **state, const char *name)
{
	struct scratch *scratch = *state;

	return arena_printf(&scratch->arena, "%s/%s", scratch->folder, name);
}

static inline int scratch_unlink(const char *path, const struct stat *status, int type,
				 struct FTW *at)
{
	(void)status, (void)type, (void)at;
	return remove(path);
}

static inline int scratch_remove(void **state)
{
	struct scratch *scratch = *state;
	int result = nftw(scratch->folder, scratch_unlink, 8, FTW_DEPTH | FTW_PHYS);

	arena_release(&scratch->arena);
	free(scratch);
	return result;
}

#endif
