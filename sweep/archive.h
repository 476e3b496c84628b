/* SPDX-License-Identifier: MIT
 *
 * The state of something as bytes, raw bits and all.  Its owner visits all of it in one fixed
 * order, and the same visit measures, saves and restores:
 *
 *     static void visit(void *context, struct archive *a)
 *     {
 *             struct thing *thing = context;
 *
 *             archive_bytes(a, &thing->count, sizeof(thing->count));
 *             archive_tensor(a, &thing->weights);
 *     }
 */
#ifndef SWEEP_ARCHIVE_H
#define SWEEP_ARCHIVE_H

#include <stddef.h>

#include "tensor/tensor.h"

enum archive_mode { ARCHIVE_MEASURE, ARCHIVE_SAVE, ARCHIVE_RESTORE };

struct archive {
	enum archive_mode mode;
	unsigned char *bytes; /* written when saving, read when restoring */
	size_t size;	      /* visited so far */
};

/* What is archived, and how. */
struct archived {
	void (*visit)(void *context, struct archive *a);
	void *context;
};

void archive_bytes(struct archive *a, void *bytes, size_t size);
void archive_tensor(struct archive *a, const struct tensor *t); /* no_tensor: nothing */

#define ARCHIVE_FIELD(a, field) archive_bytes(a, &(field), sizeof(field))

/* `bytes` holds, or has room for, as many as archive_measure() says. */
size_t archive_measure(const struct archived *archived);
void archive_save(const struct archived *archived, void *bytes);
void archive_restore(const struct archived *archived, const void *bytes);

#endif
