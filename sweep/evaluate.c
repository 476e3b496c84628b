/* SPDX-License-Identifier: MIT */
#include "sweep/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

_Static_assert(STORE_BUCKETS == CORPUS_BUCKETS, "the store keeps the corpus's buckets");

void windows_init(struct windows *w, size_t capacity, size_t context)
{
	size_t n = capacity * context;

	*w = (struct windows){
		.capacity = capacity,
		.context = context,
		.inputs = xcalloc(n, sizeof(*w->inputs)),
		.targets = xcalloc(n, sizeof(*w->targets)),
		.buckets = xcalloc(n, sizeof(*w->buckets)),
		.losses = xcalloc(n, sizeof(*w->losses)),
	};
}

void windows_release(struct windows *w)
{
	free(w->inputs);
	free(w->targets);
	free(w->buckets);
	free(w->losses);
	*w = (struct windows){0};
}

/* The ratio estimator over buckets: Var(sum nats / sum tokens) by the residuals nats - mean tokens
 * (Cochran 1977, section 6.4). */
static void summarise(struct heldout_loss *loss, double raw_bytes)
{
	double nats = 0, tokens = 0, squares = 0, used = 0;

	for (int i = 0; i < STORE_BUCKETS; i++) {
		nats += loss->nats[i];
		tokens += loss->tokens[i];
	}
	loss->mean = nats / tokens;
	for (int i = 0; i < STORE_BUCKETS; i++)
		if (loss->tokens[i] > 0) {
			double residual = loss->nats[i] - loss->mean * loss->tokens[i];

			squares += residual * residual;
			used++;
		}
	loss->se = used > 1 ? sqrt(squares * used / (used - 1)) / tokens : (double)NAN;
	loss->bpb = nats / (log(2.0) * raw_bytes);
}

bool evaluate_heldout(struct model *model, const struct corpus *corpus, enum corpus_slice slice,
		      size_t n_windows, struct windows *w, struct heldout_loss *loss,
		      bool (*stop)(void *context), void *context)
{
	size_t all = corpus_heldout_windows(corpus, slice, w->context);
	size_t wanted = n_windows == 0 || n_windows > all ? all : n_windows;

	memset(loss, 0, sizeof(*loss));
	for (size_t first = 0; first < wanted; first += w->capacity) {
		size_t n = wanted - first < w->capacity ? wanted - first : w->capacity;

		corpus_heldout(corpus, slice, first, n, w->context, w->inputs, w->targets,
			       w->buckets);
		model_set_batch(model, w->inputs, w->targets, n);
		model_forward(model);
		model_read_losses(model, w->losses);
		for (size_t i = 0; i < n * w->context; i++) {
			loss->nats[w->buckets[i]] += w->losses[i];
			loss->tokens[w->buckets[i]]++;
		}
		if (stop(context))
			return false;
	}
	summarise(loss, corpus_heldout_bytes(corpus, slice, wanted, w->context));
	return true;
}
