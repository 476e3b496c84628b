/* SPDX-License-Identifier: MIT
 *
 * Shards: a sweep split into parts that machines train without talking to each other.
 *
 * The split depends on the sweep alone, never on a store or on the speed of a machine, so that each
 * machine finds the same one.  What must stay together stays together: trials that share a trunk,
 * the very same training of several arms, and whatever the caller groups.
 */
#ifndef SWEEP_SHARD_H
#define SWEEP_SHARD_H

#include <stddef.h>

#include "base/error.h"

struct sweep;

#define SHARD_MOST 10000

struct shard {
	int number; /* from 1 */
	int count;  /* 1: the whole sweep */
};

/* Reads "2/4".  ERR_USAGE. */
int shard_parse(const char *text, struct shard *shard, struct error *err);

/* Sets shards[i] to the number of the shard (from 1) of trial i.  The unit with the most FLOPs that
 * is left goes to the shard with the least.  Trials of equal groups[i] stay together, but 0 is no
 * group; `groups` may be NULL.
 *
 * To be called for the sweep as it was read: a trial that tuning adds later belongs to the shard of
 * the trial whose cell it has. */
void shard_assign(const struct sweep *sweep, const size_t *groups, int n_shards, int *shards);

#endif
