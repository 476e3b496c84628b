/* SPDX-License-Identifier: MIT */
#include "sweep/archive.h"

#include <string.h>

void archive_bytes(struct archive *a, void *bytes, size_t size)
{
	if (a->mode == ARCHIVE_SAVE)
		memcpy(a->bytes + a->size, bytes, size);
	else if (a->mode == ARCHIVE_RESTORE)
		memcpy(bytes, a->bytes + a->size, size);
	a->size += size;
}

void archive_tensor(struct archive *a, const struct tensor *t)
{
	if (a->mode == ARCHIVE_SAVE)
		tensor_save(t, a->bytes + a->size);
	else if (a->mode == ARCHIVE_RESTORE)
		tensor_restore(t, a->bytes + a->size);
	a->size += tensor_size_bytes(t);
}

static size_t visit(const struct archived *archived, enum archive_mode mode, void *bytes)
{
	struct archive archive = {mode, bytes, 0};

	archived->visit(archived->context, &archive);
	return archive.size;
}

size_t archive_measure(const struct archived *archived)
{
	return visit(archived, ARCHIVE_MEASURE, NULL);
}

void archive_save(const struct archived *archived, void *bytes)
{
	visit(archived, ARCHIVE_SAVE, bytes);
}

void archive_restore(const struct archived *archived, const void *bytes)
{
	visit(archived, ARCHIVE_RESTORE, (void *)bytes); /* only read */
}
