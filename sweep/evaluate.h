/* SPDX-License-Identifier: MIT
 *
 * Losses over held-out windows.
 */
#ifndef SWEEP_EVALUATE_H
#define SWEEP_EVALUATE_H

#include <stdbool.h>
#include <stdint.h>

#include "models/corpus.h"
#include "models/model.h"
#include "results/store.h"

/* Room for the windows of one micro-batch; made once per trial. */
struct windows {
	size_t capacity, context; /* sequences; tokens of each */
	int32_t *inputs, *targets;
	uint8_t *buckets;
	double *losses;
};

void windows_init(struct windows *w, size_t capacity, size_t context);
void windows_release(struct windows *w);

/* Sums over a held-out slice, by bucket of documents. */
struct heldout_loss {
	double nats[STORE_BUCKETS], tokens[STORE_BUCKETS];
	double mean; /* nats per token */
	double se;   /* its standard error over documents, by buckets */
	double bpb;  /* bits per raw byte; NAN where bytes are unknown */
};

/* Over the first `n_windows` of a slice (0 or more than there are: all).  False: asked after every
 * micro-batch, stop(context) told it to give up. */
bool evaluate_heldout(struct model *model, const struct corpus *corpus, enum corpus_slice slice,
		      size_t n_windows, struct windows *w, struct heldout_loss *loss,
		      bool (*stop)(void *context), void *context);

#endif
