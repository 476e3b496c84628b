/* SPDX-License-Identifier: MIT
 *
 * Corpora made of generated text: the split, the stream, held-out windows, leaks, entropies.
 */
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "models/corpus.h"
#include "models/leak.h"
#include "models/pack.h"
#include "tests/scratch.h"

#define N_DOCUMENTS 400
#define VAL_TOKENS  4096
#define BLOCK	    256

static struct arena arena;

/* A document of random words that no other one has: "number: words". */
static void add_document(struct text *text, struct random *random, int number)
{
	size_t words = 10 + random_below(random, 60);

	text_printf(text, "%d:", number);
	for (size_t i = 0; i < words; i++) {
		text_add_char(text, ' ');
		for (size_t j = 0; j < 4; j++)
			text_add_char(text, (char)('a' + random_below(random, 26)));
	}
	text_add(text, "\n\n");
}

static void write_documents(const char *path, int first, int n)
{
	struct text text = {0};

	for (int i = first; i < first + n; i++) {
		struct random random = random_stream(1, (uint64_t)i);

		add_document(&text, &random, i);
	}
	scratch_write(path, text.data, text.length);
	text_release(&text);
}

static struct pack_facts pack_paths(const char *output, const char *const *paths, size_t n,
				    enum document_rule rule)
{
	struct pack_facts facts;
	struct pack pack;
	struct error err = ERROR_INIT;

	check_ok(pack_read(&pack, paths, n, rule, NULL, &err), &err);
	check_ok(pack_write(&pack, output, "", &err), &err);
	facts = pack.facts;
	pack_release(&pack);
	return facts;
}

static struct corpus_options options_for(const char *const *files, size_t n_files)
{
	struct corpus_options options = {0};

	keys_set_defaults(corpus_keys, n_corpus_keys, &options, &arena);
	options.files = files;
	options.n_files = n_files;
	options.val_tokens = VAL_TOKENS;
	options.block_tokens = BLOCK;
	return options;
}

static struct corpus *open_corpus(const struct corpus_options *options)
{
	struct corpus *corpus = NULL;
	struct error err = ERROR_INIT;

	check_ok(corpus_open(&corpus, options, &err), &err);
	return corpus;
}

static const char *const numbered[] = {"numbered.tokens"};

static int make_corpus(void **state)
{
	int failed = scratch_make(state);

	if (failed)
		return failed;
	write_documents("numbered.txt", 0, N_DOCUMENTS);
	pack_paths(numbered[0], (const char *const[]){"numbered.txt"}, 1, DOCUMENT_ENTRY);
	return 0;
}

static int remove_corpus(void **state)
{
	arena_release(&arena);
	return scratch_remove(state);
}

static uint64_t slice_length(const struct corpus *corpus, enum corpus_slice slice)
{
	return corpus_facts(corpus)->slice_tokens[slice] + (slice != CORPUS_TRAIN);
}

/* The whole slice as 32-bit ids; the caller frees. */
static int32_t *slice_tokens(const struct corpus *corpus, enum corpus_slice slice, size_t *n)
{
	int32_t *tokens;

	*n = slice_length(corpus, slice);
	tokens = xmalloc(*n * sizeof(*tokens));
	corpus_tokens(corpus, slice, 0, *n, tokens);
	return tokens;
}

/* Adds 1 for each document that begins in the slice; its number stands at its start. */
static void count_numbers(const struct corpus *corpus, enum corpus_slice slice, int *counts)
{
	size_t n;
	int32_t *tokens = slice_tokens(corpus, slice, &n);

	for (size_t i = 0; i + 5 < n; i++) {
		int number = 0;

		if (tokens[i] != BYTE_EOT)
			continue;
		for (size_t j = i + 1; tokens[j] != ':'; j++)
			number = number * 10 + (tokens[j] - '0');
		counts[number]++;
	}
	free(tokens);
}

static void packing_depends_on_nothing_but_the_texts(void **state)
{
	struct text one = {0}, other = {0};
	struct error err = ERROR_INIT;
	struct pack_facts facts;

	(void)state;
	write_documents("a.txt", 0, 30);
	write_documents("b.txt", 20, 30);
	pack_paths("ab.tokens", (const char *const[]){"a.txt", "b.txt"}, 2, DOCUMENT_ENTRY);
	facts = pack_paths("ba.tokens", (const char *const[]){"b.txt", "a.txt"}, 2, DOCUMENT_ENTRY);
	assert_int_equal(facts.n_documents, 50);
	assert_int_equal(facts.n_duplicates, 10);
	assert_int_equal(facts.n_tokens, facts.raw_bytes + 50);
	check_ok(file_read(&one, "ab.tokens", &err), &err);
	check_ok(file_read(&other, "ba.tokens", &err), &err);
	assert_int_equal(one.length, other.length);
	assert_memory_equal(one.data, other.data, one.length);
	text_release(&one);
	text_release(&other);
}

static void every_document_is_on_one_side_of_the_split(void **state)
{
	struct corpus_options options = options_for(numbered, 1);
	struct corpus *corpus = open_corpus(&options);
	int counts[CORPUS_SLICES][N_DOCUMENTS] = {{0}};
	int lost = 0;

	(void)state;
	for (int slice = 0; slice < CORPUS_SLICES; slice++)
		count_numbers(corpus, (enum corpus_slice)slice, counts[slice]);
	for (int i = 0; i < N_DOCUMENTS; i++) {
		int sum = counts[CORPUS_TRAIN][i] + counts[CORPUS_VAL][i] + counts[CORPUS_TEST][i];

		assert_in_range(sum, 0, 1);
		lost += sum == 0;
	}
	assert_in_range(lost, 0, 3); /* a number at the cut end of val or test, and no more */
	assert_int_equal(slice_length(corpus, CORPUS_VAL), VAL_TOKENS + 1);
	assert_int_equal(slice_length(corpus, CORPUS_TEST), VAL_TOKENS + 1);
	corpus_close(corpus);
}

static void a_document_stays_on_its_side_when_others_come(void **state)
{
	static const char *const more[] = {"more.tokens"};
	struct corpus_options options = options_for(numbered, 1);
	struct corpus_options more_options = options_for(more, 1);
	struct corpus *corpus, *larger;
	int train[N_DOCUMENTS * 2] = {0}, val[N_DOCUMENTS * 2] = {0};

	(void)state;
	write_documents("more.txt", 0, N_DOCUMENTS * 2);
	pack_paths(more[0], (const char *const[]){"more.txt"}, 1, DOCUMENT_ENTRY);
	corpus = open_corpus(&options);
	larger = open_corpus(&more_options);
	count_numbers(corpus, CORPUS_TRAIN, train);
	count_numbers(larger, CORPUS_VAL, val);
	for (int i = 0; i < N_DOCUMENTS; i++)
		assert_false(train[i] && val[i]);
	corpus_close(corpus);
	corpus_close(larger);
}

static void files_of_one_folder_are_held_out_together(void **state)
{
	static const char *const grouped[] = {"grouped.tokens"};
	struct corpus_options options = options_for(grouped, 1);
	struct corpus *corpus;
	int counts[CORPUS_SLICES][N_DOCUMENTS] = {{0}};
	char path[64];

	(void)state;
	for (int i = 0; i < N_DOCUMENTS; i++) {
		snprintf(path, sizeof(path), "tree/%02d", i / 10);
		check_ok(directory_make(path, NULL), &(struct error)ERROR_INIT);
		snprintf(path, sizeof(path), "tree/%02d/%d.txt", i / 10, i);
		write_documents(path, i, 1);
	}
	pack_paths(grouped[0], (const char *const[]){"tree"}, 1, DOCUMENT_DIRECTORY);
	corpus = open_corpus(&options);
	for (int slice = 0; slice < CORPUS_SLICES; slice++)
		count_numbers(corpus, (enum corpus_slice)slice, counts[slice]);
	for (int i = 0; i < N_DOCUMENTS; i++)
		for (int j = i / 10 * 10; j < i / 10 * 10 + 10; j++) {
			assert_false(counts[CORPUS_TRAIN][i] && counts[CORPUS_VAL][j]);
			assert_false(counts[CORPUS_TRAIN][i] && counts[CORPUS_TEST][j]);
		}
	corpus_close(corpus);
}

/* The first n tokens of the stream (their inputs) at some context and batch. */
static int32_t *stream(const struct corpus *corpus, uint64_t seed, uint64_t n, size_t context,
		       size_t batch)
{
	int32_t *tokens = xmalloc(n * sizeof(*tokens));
	int32_t *targets = xmalloc(batch * context * sizeof(*targets));
	uint64_t windows = n / context;

	for (uint64_t k = 0; k < windows; k += batch) {
		size_t count = windows - k < batch ? (size_t)(windows - k) : batch;

		corpus_windows(corpus, seed, k, count, context, tokens + k * context, targets);
		for (size_t i = 0; i < count * context; i++)
			if (i % context + 1 < context)
				assert_int_equal(targets[i], tokens[k * context + i + 1]);
	}
	free(targets);
	return tokens;
}

static void the_stream_is_the_same_for_every_context_and_batch(void **state)
{
	struct corpus_options options = options_for(numbered, 1);
	struct corpus *corpus = open_corpus(&options);
	uint64_t n = corpus_facts(corpus)->epoch_tokens * 2 + BLOCK;
	int32_t *want = stream(corpus, 5, n, BLOCK, 1);
	int32_t *other = stream(corpus, 6, n, BLOCK, 1);
	static const size_t contexts[] = {1, 16, 64, 128, 256}, batches[] = {1, 3, 7, 8, 2};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(contexts); i++) {
		int32_t *got = stream(corpus, 5, n, contexts[i], batches[i]);

		assert_memory_equal(got, want, n * sizeof(*want));
		free(got);
	}
	assert_memory_not_equal(other, want, n * sizeof(*want));
	free(other);
	free(want);
	corpus_close(corpus);
}

static int compare_blocks(const void *a, const void *b)
{
	return memcmp(a, b, BLOCK * sizeof(int32_t));
}

static void an_epoch_serves_every_block_once(void **state)
{
	struct corpus_options options = options_for(numbered, 1);
	struct corpus *corpus = open_corpus(&options);
	uint64_t n = corpus_facts(corpus)->epoch_tokens;
	size_t length;
	int32_t *train = slice_tokens(corpus, CORPUS_TRAIN, &length);
	int32_t *both = stream(corpus, 9, 2 * n, BLOCK, 4);

	(void)state;
	assert_in_range(length - n, BLOCK, 2 * BLOCK - 1);
	assert_memory_not_equal(both, train, n * sizeof(*train)); /* it is shuffled */
	qsort(both, n / BLOCK, BLOCK * sizeof(*both), compare_blocks);
	qsort(both + n, n / BLOCK, BLOCK * sizeof(*both), compare_blocks);
	assert_memory_not_equal(both, both + n, n * sizeof(*both)); /* and shifted afterwards */
	qsort(train, n / BLOCK, BLOCK * sizeof(*train), compare_blocks);
	assert_memory_equal(both, train, n * sizeof(*train));
	free(both);
	free(train);
	corpus_close(corpus);
}

static void the_last_target_follows_the_last_input(void **state)
{
	struct corpus_options options = options_for(numbered, 1);
	struct corpus *corpus = open_corpus(&options);
	size_t length;
	int32_t *train = slice_tokens(corpus, CORPUS_TRAIN, &length);
	int32_t inputs[BLOCK], targets[BLOCK];

	(void)state;
	for (uint64_t k = 0; k < 3 * corpus_facts(corpus)->epoch_tokens / BLOCK; k++) {
		const int32_t *at;

		corpus_windows(corpus, 3, k, 1, BLOCK, inputs, targets);
		at = memmem(train, length * sizeof(*train), inputs, sizeof(inputs));
		assert_non_null(at);
		assert_memory_equal(at + 1, targets, sizeof(targets));
	}
	free(train);
	corpus_close(corpus);
}

static void unique_tokens_are_nested_prefixes(void **state)
{
	struct corpus_options options = options_for(numbered, 1);
	struct corpus *whole = open_corpus(&options);
	struct corpus *part;
	size_t n, length;
	int32_t *tokens, *prefix;

	(void)state;
	options.unique_tokens = 10000;
	part = open_corpus(&options);
	tokens = slice_tokens(whole, CORPUS_TRAIN, &length);
	prefix = slice_tokens(part, CORPUS_TRAIN, &n);
	assert_int_equal(n, 10000);
	assert_memory_equal(prefix, tokens, n * sizeof(*tokens));
	assert_int_equal(corpus_facts(part)->slice_tokens[CORPUS_VAL], VAL_TOKENS);
	free(tokens);
	free(prefix);
	corpus_close(whole);
	corpus_close(part);
}

static void held_out_tokens_are_the_same_for_every_context(void **state)
{
	struct corpus_options options = options_for(numbered, 1);
	struct corpus *corpus = open_corpus(&options);
	int32_t inputs[VAL_TOKENS], targets[2][VAL_TOKENS];
	uint8_t buckets[2][VAL_TOKENS];
	size_t n;
	int32_t *val = slice_tokens(corpus, CORPUS_VAL, &n);
	double bytes = 0;

	(void)state;
	assert_int_equal(corpus_heldout_windows(corpus, CORPUS_VAL, 64), VAL_TOKENS / 64);
	corpus_heldout(corpus, CORPUS_VAL, 0, VAL_TOKENS / 64, 64, inputs, targets[0], buckets[0]);
	corpus_heldout(corpus, CORPUS_VAL, 0, VAL_TOKENS / 256, 256, inputs, targets[1],
		       buckets[1]);
	assert_memory_equal(targets[0], val + 1, sizeof(targets[0]));
	assert_memory_equal(targets[1], val + 1, sizeof(targets[1]));
	assert_memory_equal(buckets[0], buckets[1], sizeof(buckets[0]));
	for (size_t i = 0; i < VAL_TOKENS; i++) {
		bytes += targets[0][i] != BYTE_EOT;
		assert_in_range(buckets[0][i], 0, CORPUS_BUCKETS - 1);
		if (i > 0 && targets[0][i] != BYTE_EOT)
			assert_int_equal(buckets[0][i], buckets[0][i - 1]);
	}
	assert_memory_not_equal(buckets[0], buckets[0] + VAL_TOKENS / 2, VAL_TOKENS / 2);
	check_near(corpus_heldout_bytes(corpus, CORPUS_VAL, VAL_TOKENS / 64, 64), bytes, 0, 0);
	free(val);
	corpus_close(corpus);
}

/* A file of u16 tokens: documents of random ids, end of text first or last. */
static void write_foreign(const char *path, uint64_t seed, bool mark_first)
{
	struct random random = random_stream(seed, 0);
	struct text file = {0};
	uint16_t token;

	for (int i = 0; i < 300; i++) {
		size_t length = 20 + random_below(&random, 100);

		for (size_t j = 0; j < length; j++) {
			bool mark = j == (mark_first ? 0 : length - 1);

			token = mark ? 999 : (uint16_t)random_below(&random, 999);
			text_add_bytes(&file, &token, sizeof(token));
		}
	}
	scratch_write(path, file.data, file.length);
	text_release(&file);
}

static void check_foreign(const char *glob, size_t n_files)
{
	struct corpus_options options = options_for(&glob, 1);
	struct corpus *first, *again;
	const struct corpus_facts *facts;
	size_t n;
	int32_t *val;

	options.vocab = 1000;
	options.eot = 999;
	first = open_corpus(&options);
	again = open_corpus(&options); /* from the cache */
	facts = corpus_facts(first);
	assert_int_equal(facts->n_documents, 300 * n_files);
	assert_int_equal(facts->slice_tokens[CORPUS_VAL], VAL_TOKENS);
	assert_true(facts->slice_tokens[CORPUS_TRAIN] + 2 * VAL_TOKENS < facts->n_tokens);
	assert_string_equal(facts->hash, corpus_facts(again)->hash);
	val = slice_tokens(first, CORPUS_VAL, &n);
	for (int slice = 0; slice < CORPUS_SLICES; slice++) {
		size_t length;
		int32_t *one = slice_tokens(first, (enum corpus_slice)slice, &length);
		int32_t *other = slice_tokens(again, (enum corpus_slice)slice, &length);

		assert_memory_equal(one, other, length * sizeof(*one));
		if (slice != CORPUS_VAL) /* no run of val is anywhere else */
			assert_null(memmem(one, length * sizeof(*one), val, 16 * sizeof(*val)));
		free(one);
		free(other);
	}
	assert_true(isnan(corpus_heldout_bytes(first, CORPUS_VAL, 10, 64)));
	free(val);
	corpus_close(first);
	corpus_close(again);
}

static void token_files_from_elsewhere_are_split_by_document(void **state)
{
	(void)state;
	write_foreign("marked-first.bin", 1, true);
	write_foreign("marked-last.bin", 2, false);
	check_foreign("marked-first.bin", 1);
	check_foreign("marked-last.bin", 1);
	write_foreign("shard_1.bin", 3, true);
	write_foreign("shard_2.bin", 4, true);
	check_foreign("shard_*.bin", 2);
}

static void files_without_end_of_text_are_cut_into_units(void **state)
{
	static const char *const files[] = {"marked-first.bin"};
	struct corpus_options options = options_for(files, 1);
	struct corpus *corpus;
	const struct corpus_facts *facts;

	(void)state;
	write_foreign(files[0], 1, true);
	options.vocab = 1000;
	options.bytes_per_token = 3;
	options.val_tokens = 1024;
	corpus = open_corpus(&options);
	facts = corpus_facts(corpus);
	assert_int_equal(facts->n_documents, (facts->n_tokens + 4095) / 4096);
	check_near(corpus_heldout_bytes(corpus, CORPUS_VAL, 10, 64), 3 * 640, 0, 0);
	check_near(facts->raw_bytes, 3 * (double)facts->n_tokens, 0, 0);
	corpus_close(corpus);
}

/* Random bytes with `planted` spans of 200 of the held-out ones put into train, unaligned. */
static double planted_share(size_t planted)
{
	static uint16_t train[100000], held_out[20000];
	struct token_slice train_slice = {0}, held_out_slice = {0};
	struct random random = random_stream(4, 0);
	struct error err = ERROR_INIT;
	double share;

	for (size_t i = 0; i < ARRAY_SIZE(train); i++)
		train[i] = (uint16_t)random_below(&random, 256);
	for (size_t i = 0; i < ARRAY_SIZE(held_out); i++)
		held_out[i] = (uint16_t)random_below(&random, 256);
	for (size_t i = 0; i < planted; i++)
		memcpy(train + 777 * i + 13, held_out + 300 * i + 5, 200 * sizeof(*train));
	token_slice_add(&train_slice, train, 2, 30001);
	token_slice_add(&train_slice, train + 30001, 2, ARRAY_SIZE(train) - 30001);
	token_slice_add(&held_out_slice, held_out, 2, ARRAY_SIZE(held_out));
	check_ok(leak_share(&train_slice, &held_out_slice, 64, &share, &err), &err);
	token_slice_release(&train_slice);
	token_slice_release(&held_out_slice);
	return share;
}

static void planted_leaks_are_found(void **state)
{
	(void)state;
	check_near(planted_share(0), 0, 0, 0);
	/* Of 200 bytes in a row, 2 or 3 aligned spans of 64 lie within. */
	for (size_t n = 1; n <= 60; n += 20) {
		double share = planted_share(n);

		assert_true(share >= 128.0 * (double)n / 20000);
		assert_true(share <= 192.0 * (double)n / 20000);
	}
}

static void a_leak_above_the_limit_is_refused(void **state)
{
	struct corpus_options options = options_for(numbered, 1);
	struct corpus *corpus = open_corpus(&options);
	struct error err = ERROR_INIT;
	double share;

	(void)state;
	check_ok(corpus_leak(corpus, CORPUS_VAL, &share, &err), &err);
	check_near(share, 0, 0, 0);
	check_ok(corpus_refuse_leak(corpus, 0.10, false, &err), &err);
	check_ok(corpus_refuse_leak(corpus, 0.5, true, &err), &err);
	assert_int_equal(corpus_refuse_leak(corpus, 0.25, false, &err), -ERR_DATA);
	assert_string_equal(err.text,
			    "25.0 % of the held-out text of 'numbered.tokens' is also in its "
			    "training text (limit 10 %); pack it with --split directory or larger "
			    "documents, or give data.allow_leak: true");
	corpus_close(corpus);
}

/* The entropies of a text packed from JSON lines. */
static void check_entropies(const char *path, const struct text *text, const double want[3],
			    double atol)
{
	const char *packed[] = {"entropy.tokens"};
	struct corpus_options options = options_for(packed, 1);
	struct corpus *corpus;
	struct error err = ERROR_INIT;
	double got[3];

	scratch_write(path, text->data, text->length);
	pack_paths(packed[0], &path, 1, DOCUMENT_JSONL);
	options.val_tokens = 1024;
	corpus = open_corpus(&options);
	check_ok(corpus_entropies(corpus, got, &err), &err);
	check_close(got, want, 3, 0, atol);
	check_ok(corpus_verify(corpus, &err), &err);
	corpus_close(corpus);
}

static void entropies_are_those_of_known_sources(void **state)
{
	static const double uniform[] = {2, 2, 2}, turns[] = {1, 0, 0};
	struct random random = random_stream(8, 0);
	struct text text = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		text_add(&text, "{\"text\": \"");
		for (int j = 0; j < 100; j++)
			text_add_char(&text, "acgt"[random_below(&random, 4)]);
		text_add(&text, "\"}\n");
	}
	check_entropies("uniform.jsonl", &text, uniform, 2e-3);
	text_clear(&text);
	for (int i = 1; i <= 150; i++) {
		text_add(&text, "{\"text\": \"");
		for (int j = 0; j < i; j++)
			text_add(&text, "ab");
		text_add(&text, "\"}\n");
	}
	check_entropies("turns.jsonl", &text, turns, 1e-3);
	text_release(&text);
}

static void check_refused(const struct corpus_options *options, enum error_code code,
			  const char *message)
{
	struct corpus *corpus = NULL;
	struct error err = ERROR_INIT;

	assert_int_equal(corpus_open(&corpus, options, &err), -(int)code);
	assert_null(corpus);
	assert_string_equal(err.text, message);
}

static void corpora_that_are_not_there_are_named_with_the_remedy(void **state)
{
	struct corpus_options options = options_for(NULL, 0);

	(void)state;
	check_refused(&options, ERR_USAGE,
		      "no data; give data.corpus (for instance en-dict) or data.files");
	options.corpus = "en-dict";
	check_refused(&options, ERR_DATA,
		      "corpus 'en-dict' is not in 'data' or '/usr/local/share/muon-sweep'; get it "
		      "with 'muon-sweep data pack en-dict'");
	options.corpus = "en-dicta";
	check_refused(&options, ERR_DATA,
		      "unknown corpus 'en-dicta'; 'muon-sweep data list' "
		      "shows the known ones, 'muon-sweep data pack FILE... -o "
		      "data/en-dicta.tokens' makes it from your text; did you "
		      "mean 'en-dict'?");
	options.files = (const char *const[]){"nothing-*.bin"};
	options.n_files = 1;
	check_refused(&options, ERR_USAGE,
		      "data.corpus 'en-dicta' and data.files exclude each other; keep one");
	options.corpus = "";
	check_refused(&options, ERR_DATA,
		      "no file matches 'nothing-*.bin'; paths are relative to the folder the "
		      "program runs in");
}

static void options_that_cannot_be_met_are_refused(void **state)
{
	struct corpus_options options = options_for(numbered, 1);
	const char *const two[] = {"numbered.tokens", "numbered.tokens"};

	(void)state;
	options.tokenizer = "my.model";
	check_refused(&options, ERR_USAGE,
		      "unknown tokenizer 'my.model'; this version has 'bytes', and token files "
		      "carry their own");
	options = options_for(numbered, 1);
	options.unique_tokens = 1 << 20;
	check_refused(&options, ERR_USAGE,
		      "data.unique_tokens 1048576 is more than the 74038 training tokens of "
		      "'numbered.tokens'; give that or less");
	options = options_for(numbered, 1);
	options.block_tokens = 65536;
	check_refused(
		&options, ERR_USAGE,
		"'numbered.tokens' has 74038 training tokens, fewer than two blocks of 65536; "
		"give a smaller data.block_tokens or more text");
	options = options_for(numbered, 1);
	options.val_tokens = 1 << 20;
	check_refused(&options, ERR_USAGE,
		      "'numbered.tokens' has 82560 tokens in 400 documents, too few to hold out "
		      "1048576 twice; give data.val_tokens: 8256 or less, or more and shorter "
		      "documents");
	options = options_for(two, 2);
	check_refused(&options, ERR_USAGE,
		      "'numbered.tokens' cannot be joined with other files, since a packed file is "
		      "a whole corpus; pack all texts into one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packing_depends_on_nothing_but_the_texts),
		cmocka_unit_test(every_document_is_on_one_side_of_the_split),
		cmocka_unit_test(a_document_stays_on_its_side_when_others_come),
		cmocka_unit_test(files_of_one_folder_are_held_out_together),
		cmocka_unit_test(the_stream_is_the_same_for_every_context_and_batch),
		cmocka_unit_test(an_epoch_serves_every_block_once),
		cmocka_unit_test(the_last_target_follows_the_last_input),
		cmocka_unit_test(unique_tokens_are_nested_prefixes),
		cmocka_unit_test(held_out_tokens_are_the_same_for_every_context),
		cmocka_unit_test(token_files_from_elsewhere_are_split_by_document),
		cmocka_unit_test(files_without_end_of_text_are_cut_into_units),
		cmocka_unit_test(planted_leaks_are_found),
		cmocka_unit_test(a_leak_above_the_limit_is_refused),
		cmocka_unit_test(entropies_are_those_of_known_sources),
		cmocka_unit_test(corpora_that_are_not_there_are_named_with_the_remedy),
		cmocka_unit_test(options_that_cannot_be_met_are_refused),
	};

	return cmocka_run_group_tests(tests, make_corpus, remove_corpus);
}
