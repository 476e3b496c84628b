/* SPDX-License-Identifier: MIT
 *
 * The split of a corpus, its stream and its held-out windows.
 */
#include "tests/corpus_fixture.h"

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
	};

	return cmocka_run_group_tests(tests, make_corpus, remove_corpus);
}
