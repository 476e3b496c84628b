/* SPDX-License-Identifier: MIT
 *
 * What a corpus is made from: token files from elsewhere, leaks, entropies, refusals.
 */
#include "models/leak.h"
#include "tests/corpus_fixture.h"

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
	check_refused(&options, ERR_USAGE,
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
