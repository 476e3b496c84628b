/* SPDX-License-Identifier: MIT
 *
 * A checkpoint as bytes: a header, the state of a training, the journal of what it has told so far,
 * and a checksum over all of it.  Numbers are as the machine has them, and reals are raw bits.
 */
#ifndef SWEEP_CHECKPOINT_H
#define SWEEP_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CHECKPOINT_VERSION 1 /* of the format */

/* Texts that are longer are cut. */
#define CHECKPOINT_KEY	   72
#define CHECKPOINT_PROGRAM 64
#define CHECKPOINT_MACHINE 256

/* What a checkpoint holds; state and journal point into the bytes that were parsed. */
struct checkpoint {
	char key[CHECKPOINT_KEY]; /* of the trial or its trunk */
	int64_t step;
	/* What wrote it.  Where these differ, bits may differ from here on. */
	char program[CHECKPOINT_PROGRAM]; /* its version */
	char machine[CHECKPOINT_MACHINE]; /* kernels, BLAS, threads, precision */
	const void *state;
	size_t state_size;
	const char *journal; /* lines of text, not terminated */
	size_t journal_size;
};

/* Bytes of a checkpoint with so much in it, and where in it the state lies. */
size_t checkpoint_size(size_t state_size, size_t journal_size);
void *checkpoint_state(void *bytes);

/* Makes a checkpoint of `bytes`, which have checkpoint_size() and the state in its place (c->state
 * is not read): first the header and the journal, then, as the last, the checksum over `size` of
 * them. */
void checkpoint_fill(void *bytes, const struct checkpoint *c);
void checkpoint_seal(void *bytes, size_t size);

/* Takes any bytes.  ERR_DATA, with the reason: no checkpoint, another format, cut off, damaged. */
int checkpoint_parse(const void *bytes, size_t size, struct checkpoint *c, struct error *err);

#endif
