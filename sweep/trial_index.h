/* SPDX-License-Identifier: MIT
 *
 * Trials by key, so that what is added to a sweep is found at once among thousands.
 */
#ifndef SWEEP_TRIAL_INDEX_H
#define SWEEP_TRIAL_INDEX_H

#include <stddef.h>

struct trial;

struct trial_index {
	struct trial **slots; /* open addressing; the trials are borrowed */
	size_t n, capacity;
};

/* The trial that was put first under this key, or NULL. */
struct trial *trial_index_find(const struct trial_index *index, const char *key);
/* A trial whose key is not there yet. */
void trial_index_put(struct trial_index *index, struct trial *trial);
void trial_index_release(struct trial_index *index);

#endif
