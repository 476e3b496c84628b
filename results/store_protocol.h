/* SPDX-License-Identifier: MIT
 *
 * The protocol of a study as the store knows it: sweep files, corpora, what the trials share, and
 * those that did not reach their end.
 */
#ifndef RESULTS_STORE_PROTOCOL_H
#define RESULTS_STORE_PROTOCOL_H

#include "base/memory.h"
#include "results/store.h"

struct protocol_sweep {
	const char *name, *spec; /* the sweep file as read */
	const char *command;	 /* its last `run`, NULL: not known */
	const char *shard;	 /* "K/N" where that was of a part, else NULL */
};

struct protocol_corpus {
	const char *name, *hash, *provenance;
};

struct protocol_failure {
	const char *trial_key, *label, *state, *reason; /* reason NULL: unknown */
	double params, lr, step, steps_total;		/* NAN: unknown */
};

/* X(field, SQL over trial): facts of trials, each as its different values with ", " between them;
 * NULL: not known. */
#define PROTOCOL_FACTS(X)                                                      \
	X(family, "family")                                                    \
	X(context, "context")                                                  \
	X(vocab, "vocab")                                                      \
	X(schedule, "schedule")                                                \
	X(warmup, "warmup")                                                    \
	X(decay, "decay")                                                      \
	X(decay_shape, "json_extract(resolved_spec, '$.horizon.decay_shape')") \
	X(grad_clip, "grad_clip")                                              \
	X(precision, "\"precision\"")                                          \
	X(backend, "backend")                                                  \
	X(val_tokens, "json_extract(resolved_spec, '$.corpus.val_tokens')")    \
	X(host, "host")                                                        \
	X(blas, "blas")                                                        \
	X(threads, "threads")                                                  \
	X(version, "version")

struct store_protocol {
	struct protocol_sweep *sweeps;
	struct protocol_corpus *corpora;
	struct protocol_failure *failures;
	size_t n_sweeps, n_corpora, n_failures;
	size_t sweeps_capacity, corpora_capacity, failures_capacity;
#define X(field, sql) const char *field;
	PROTOCOL_FACTS(X)
#undef X
	struct store_totals totals;
	struct arena arena; /* of the texts */
};

/* Fills an empty protocol with that of one sweep (NULL: all). */
int store_protocol_read(struct store *store, const char *sweep, struct store_protocol *protocol,
			struct error *err);
/* The same of its sweeps alone. */
int store_protocol_sweeps(struct store *store, const char *sweep, struct store_protocol *protocol,
			  struct error *err);
void store_protocol_release(struct store_protocol *protocol);

#endif
