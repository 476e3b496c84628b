/* SPDX-License-Identifier: MIT
 *
 * A corpus: tokens on disk, memory-mapped, split once and for all into train, held-out
 * (val) and test by the hash of each document, and served as one stream of windows.
 *
 * The split knows no seed: a document's side depends on its content (or its group's name)
 * alone.  The order of training windows depends on the seed alone: blocks of block_tokens
 * are permuted in every epoch and cut into consecutive windows, so that batch size, context,
 * model, optimizer and resume never change which token comes when.
 */
#ifndef MODELS_CORPUS_H
#define MODELS_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/key.h"

/* Part of every trial key; changes whenever a split or an order would. */
#define CORPUS_ORDER_VERSION "split-v1 order-v1"

#define CORPUS_BUCKETS	  128 /* of held-out documents, by hash */
#define CORPUS_LEAK_LIMIT 0.10

/* The `data:` section of a sweep file; `files` is read by the sweep reader, the rest by
 * corpus_keys.  Either `corpus` or `files` is given. */
struct corpus_options {
	const char *corpus;	  /* a name: NAME.tokens in a data folder; "": none */
	const char *const *files; /* paths or globs of token files */
	size_t n_files;
	const char *tokenizer;	/* of named corpora: "bytes" */
	int64_t val_tokens;	/* scored tokens of each of the val and test slices */
	int64_t block_tokens;	/* a multiple of every context */
	int64_t unique_tokens;	/* train on this prefix of train only; 0: all */
	double epochs;		/* passes over train that a plan may ask for */
	bool allow_leak;	/* go on although held-out text leaks into train */
	int64_t vocab;		/* token files without one; 0: the format's */
	int64_t eot;		/* id of end of text; -1: the format's */
	double bytes_per_token; /* of token files, for bits/byte; 0: unknown */
};

extern const struct key corpus_keys[];
extern const size_t n_corpus_keys;

enum corpus_slice { CORPUS_TRAIN, CORPUS_VAL, CORPUS_TEST, CORPUS_SLICES };

/* What is known of an open corpus; strings are owned by it. */
struct corpus_facts {
	const char *name;	/* the name, or the first file */
	const char *tokenizer;	/* "bytes", "gpt2", "llama3", "unknown" */
	const char *provenance; /* lines "key: value": package, version, checksums; "": none */
	char hash[SHA256_HEX];	/* SHA-256 of tokens and documents */
	int64_t vocab;
	int64_t eot;	       /* -1: the files have none */
	uint64_t n_tokens;     /* in the files */
	uint64_t n_documents;  /* after duplicates were dropped */
	uint64_t n_duplicates; /* exact copies dropped by `data pack` */
	double raw_bytes;      /* of the text; NAN: unknown */

	/* train: what windows are cut from (unique_tokens applied); val, test: scored tokens */
	uint64_t slice_tokens[CORPUS_SLICES];
	uint64_t slice_documents[CORPUS_SLICES]; /* documents that have tokens there */
	uint64_t epoch_tokens;			 /* tokens served in one epoch: whole blocks */
};

struct corpus;

/* ERR_USAGE for options that cannot be met, ERR_DATA for files that cannot be used, each
 * with the remedy; ERR_IO.  The options are not kept. */
int corpus_open(struct corpus **corpus, const struct corpus_options *options, struct error *err);
void corpus_close(struct corpus *corpus); /* accepts NULL */

const struct corpus_facts *corpus_facts(const struct corpus *corpus);

/* Training windows first .. first + n_windows - 1 of the stream for `seed`; `targets` are
 * the inputs one token later.  inputs, targets: (n_windows, context); context divides
 * block_tokens.  Any `first` is allowed: epochs follow each other.  Never allocates, and
 * may be called from several threads. */
void corpus_windows(const struct corpus *corpus, uint64_t seed, uint64_t first, size_t n_windows,
		    size_t context, int32_t *inputs, int32_t *targets);

/* The number of fixed, non-overlapping windows of the val or test slice. */
size_t corpus_heldout_windows(const struct corpus *corpus, enum corpus_slice slice, size_t context);

/* Windows first .. first + n_windows - 1 of them.  inputs, targets, buckets: (n_windows,
 * context); `buckets` (or NULL) tells the bucket of each target's document.  A probe set is
 * a prefix: documents lie in the order of their hash. */
void corpus_heldout(const struct corpus *corpus, enum corpus_slice slice, size_t first,
		    size_t n_windows, size_t context, int32_t *inputs, int32_t *targets,
		    uint8_t *buckets);

/* Raw bytes behind the targets of the first n_windows held-out windows: bits/byte is their
 * summed nats (end-of-text targets included, of 0 bytes) / (ln 2 x this).  NAN: unknown. */
double corpus_heldout_bytes(const struct corpus *corpus, enum corpus_slice slice, size_t n_windows,
			    size_t context);

/* Copies tokens first .. first + n - 1 of a slice. */
void corpus_tokens(const struct corpus *corpus, enum corpus_slice slice, uint64_t first, size_t n,
		   int32_t *tokens);

/* The share of a held-out slice that lies in spans of 64 bytes (32 tokens, where tokens are
 * no bytes) equal to an aligned span of train.  ERR_NOMEM. */
int corpus_leak(const struct corpus *corpus, enum corpus_slice slice, double *share,
		struct error *err);

/* ERR_DATA, with the remedy, when a share is above CORPUS_LEAK_LIMIT and not allowed. */
int corpus_refuse_leak(const struct corpus *corpus, double share, bool allow_leak,
		       struct error *err);

/* Entropies in bits/byte of the whole text without end-of-text marks: of a byte, of a byte
 * given the last one, and given the last two.  All NAN where tokens are no bytes.
 * ERR_NOMEM. */
int corpus_entropies(const struct corpus *corpus, double entropies[3], struct error *err);

/* ERR_DATA where a file was written to since it was opened, so that what was read of it is a
 * mixture.
 */
int corpus_check_unchanged(const struct corpus *corpus, struct error *err);

/* Reads the whole file and compares its SHA-256 with the one stored in it.  ERR_DATA. */
int corpus_verify(const struct corpus *corpus, struct error *err);

#endif
