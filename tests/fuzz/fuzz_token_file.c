/* SPDX-License-Identifier: MIT
 *
 * Token files, and what a corpus makes of them: split, windows, held-out sets.
 */
#include <math.h>

#include "models/corpus.h"
#include "models/token_file.h"
#include "tests/fuzz/fuzz_file.h"

#define CONTEXT	 8
#define WINDOWS	 4
#define HELD_OUT 64 /* at least a span that leaks are found by */

static void check_file(const char *path, const struct token_hints *hints)
{
	struct token_file file;
	struct error err = ERROR_INIT;
	char hex[SHA256_HEX];

	if (token_file_open(&file, path, hints, &err)) {
		fuzz_demand(err.text[0]);
		return;
	}
	fuzz_demand(file.n_tokens > 0 && file.eot < file.vocab && token_file_tokenizer(&file)[0]);
	token_file_check(&file, path, &err);
	if (file.head)
		packed_content_hash(file.head, file.documents, file.tokens, hex);
	token_file_close(&file);
}

static void check_tokens(const struct corpus *corpus, const int32_t *tokens, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fuzz_demand(tokens[i] >= 0 && tokens[i] < corpus_facts(corpus)->vocab);
}

static void read_heldout(const struct corpus *corpus, enum corpus_slice slice)
{
	int32_t inputs[CONTEXT], targets[CONTEXT];
	uint8_t buckets[CONTEXT];
	size_t n = corpus_heldout_windows(corpus, slice, CONTEXT);
	struct error err = ERROR_INIT;
	double share = 0;

	for (size_t i = 0; i < n; i++) {
		corpus_heldout(corpus, slice, i, 1, CONTEXT, inputs, targets, buckets);
		check_tokens(corpus, targets, CONTEXT);
		for (int k = 0; k < CONTEXT; k++)
			fuzz_demand(buckets[k] < CORPUS_BUCKETS);
	}
	fuzz_demand(!(corpus_heldout_bytes(corpus, slice, n, CONTEXT) < 0));
	if (corpus_leak(corpus, slice, &share, &err) == 0)
		fuzz_demand(share >= 0 && share <= 1);
}

static void read_corpus(const char *path, const struct token_hints *hints)
{
	const struct corpus_options options = {
		.corpus = "",
		.files = &path,
		.n_files = 1,
		.tokenizer = "bytes",
		.val_tokens = HELD_OUT,
		.block_tokens = 2 * CONTEXT,
		.epochs = 1,
		.vocab = hints->vocab,
		.eot = hints->eot,
	};
	int32_t inputs[WINDOWS * CONTEXT], targets[WINDOWS * CONTEXT];
	struct error err = ERROR_INIT;
	struct corpus *corpus;

	if (corpus_open(&corpus, &options, &err)) {
		fuzz_demand(err.text[0]);
		return;
	}
	for (uint64_t first = 0; first < 64; first += WINDOWS) {
		corpus_windows(corpus, 1, first, WINDOWS, CONTEXT, inputs, targets);
		check_tokens(corpus, inputs, WINDOWS * CONTEXT);
		check_tokens(corpus, targets, WINDOWS * CONTEXT);
	}
	read_heldout(corpus, CORPUS_VAL);
	read_heldout(corpus, CORPUS_TEST);
	corpus_verify(corpus, &err);
	corpus_close(corpus);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct token_hints hints[] = {{0, -1}, {300, 256}};
	char path[128];

	fuzz_file_write(path, "x.bin", data, size);
	for (int i = 0; i < 2; i++) {
		check_file(path, &hints[i]);
		read_corpus(path, &hints[i]);
	}
	fuzz_file_remove(path);
	return 0;
}
