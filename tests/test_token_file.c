/* SPDX-License-Identifier: MIT
 *
 * Formats of token files: what is read, and what is refused with which message.
 */
#include "base/memory.h"
#include "base/text.h"
#include "models/pack.h"
#include "models/token_file.h"
#include "tests/scratch.h"

#define NO_HINTS      \
	{             \
		0, -1 \
	}

struct token_case {
	const char *path;
	const char *data;
	size_t size;
	struct token_hints hints;
	const char *message;
};

/* llm.c's header of 256 words, then `room` bytes. */
static void write_llmc(const char *path, int32_t magic, int32_t version, int32_t n, size_t room,
		       const void *tokens)
{
	unsigned char *file = xcalloc(1, 1024 + room);
	int32_t head[3] = {magic, version, n};

	memcpy(file, head, sizeof(head));
	if (tokens)
		memcpy(file + 1024, tokens, room);
	scratch_write(path, file, 1024 + room);
	free(file);
}

static void check_tokens(const char *path, struct token_hints hints, enum token_format format,
			 const int32_t *want, size_t n, int64_t vocab, int64_t eot)
{
	struct token_file file;
	struct error err = ERROR_INIT;

	check_ok(token_file_open(&file, path, &hints, &err), &err);
	assert_int_equal(file.format, format);
	assert_int_equal(file.n_tokens, n);
	assert_int_equal(file.vocab, vocab);
	assert_int_equal(file.eot, eot);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(token_at(file.tokens, file.token_bytes, i), want[i]);
	check_ok(token_file_check(&file, path, &err), &err);
	token_file_close(&file);
}

static void formats_are_told_apart_and_read(void **state)
{
	static const uint16_t small[] = {50256, 7, 65, 1023};
	static const uint32_t large[] = {128000, 70000, 3};
	static const int32_t small_want[] = {50256, 7, 65, 1023};
	static const int32_t large_want[] = {128000, 70000, 3};
	struct token_hints none = NO_HINTS, shakespeare = {50257, 50256};

	(void)state;
	write_llmc("gpt2.bin", 20240520, 1, 4, sizeof(small), small);
	check_tokens("gpt2.bin", none, TOKEN_GPT2, small_want, 4, 50257, 50256);
	write_llmc("llama3.bin", 20240801, 7, 3, sizeof(large), large);
	check_tokens("llama3.bin", none, TOKEN_LLAMA3, large_want, 3, 128256, 128000);
	write_llmc("llama3-v1.bin", 20240801, 1, 3, sizeof(large), large);
	check_tokens("llama3-v1.bin", none, TOKEN_LLAMA3, large_want, 3, 128256, 128000);
	scratch_write("raw.bin", small, sizeof(small));
	check_tokens("raw.bin", shakespeare, TOKEN_RAW, small_want, 4, 50257, 50256);
}

static void a_packed_file_is_read_back(void **state)
{
	static const int32_t want_one[] = {256, 'a', 'b', 256, 'c'};
	static const int32_t want_other[] = {256, 'c', 256, 'a', 'b'};
	struct token_hints none = NO_HINTS;
	struct token_file file;
	struct pack pack;
	struct error err = ERROR_INIT;
	bool ab_first;

	(void)state;
	scratch_write_text("a.txt", "ab");
	scratch_write_text("b.txt", "c");
	check_ok(pack_read(&pack, (const char *const[]){"a.txt", "b.txt"}, 2, DOCUMENT_FILE, NULL,
			   &err),
		 &err);
	check_ok(pack_write(&pack, "two.tokens", "source: two\n", &err), &err);
	pack_release(&pack);
	check_ok(token_file_open(&file, "two.tokens", &none, &err), &err);
	ab_first = token_at(file.tokens, 2, 1) == 'a';
	assert_string_equal(file.provenance, "source: two\n");
	assert_string_equal(token_file_tokenizer(&file), "bytes");
	assert_int_equal(file.head->raw_bytes, 3);
	token_file_close(&file);
	check_tokens("two.tokens", none, TOKEN_PACKED, ab_first ? want_one : want_other, 5, 257,
		     256);
}

#define TEXT(literal) literal, sizeof(literal) - 1

static const struct token_case refusals[] = {
	{"none.bin", NULL, 0, NO_HINTS, "cannot open 'none.bin': No such file or directory"},
	{"empty.bin", TEXT(""), NO_HINTS, "'empty.bin' is empty; give files with tokens"},
	{"eval.bin", TEXT("\x8a\xd8\x34\x01...."), NO_HINTS,
	 "'eval.bin' is an llm.c evaluation set, not a token file; give the token files "
	 "themselves"},
	{"gpt2_124M.bin", TEXT("\xc6\xd7\x34\x01...."), NO_HINTS,
	 "'gpt2_124M.bin' is llm.c model weights, not a token file; give the token files "
	 "themselves"},
	{"state.bin", TEXT("\xc7\xd7\x34\x01...."), NO_HINTS,
	 "'state.bin' is an llm.c debug state, not a token file; give the token files themselves"},
	{"tokenizer.bin", TEXT("\xc8\xd7\x34\x01...."), NO_HINTS,
	 "'tokenizer.bin' is an llm.c tokenizer, not a token file; give the token files "
	 "themselves"},
	{"meg.idx", TEXT("MMIDIDX\0\0\1......."), NO_HINTS,
	 "'meg.idx' is a Megatron index, not a token file; write its tokens as raw uint16 to a "
	 ".bin file and give data.vocab"},
	{"meg.bin", TEXT("abcd"), NO_HINTS,
	 "'meg.bin' belongs to a Megatron index (.idx); copy its tokens as raw uint16 to a .bin "
	 "file without one and give data.vocab"},
	{"x.npy", TEXT("\x93NUMPY\1\0v\0"), NO_HINTS,
	 "'x.npy' is a NumPy array, not a token file; write its tokens as raw uint16 to a .bin "
	 "file and give data.vocab"},
	{"dolma.npy", TEXT("\1\0\2\0"), NO_HINTS,
	 "'dolma.npy' is an array without NumPy's header, not a token file; rename it to .bin if "
	 "it is raw uint16"},
	{"x.parquet", TEXT("PAR1...."), NO_HINTS,
	 "'x.parquet' is a Parquet file, not a token file; export its text and use 'muon-sweep "
	 "data pack'"},
	{"x.feather", TEXT("ARROW1\0\0"), NO_HINTS,
	 "'x.feather' is an Arrow file, not a token file; export its text and use 'muon-sweep "
	 "data pack'"},
	{"x.arrow", TEXT("\xff\xff\xff\xff...."), NO_HINTS,
	 "'x.arrow' is an Arrow stream, not a token file; export its text and use 'muon-sweep "
	 "data pack'"},
	{"x.txt.gz", TEXT("\x1f\x8b\x08\0"), NO_HINTS,
	 "'x.txt.gz' is gzip-compressed, not a token file; decompress it first"},
	{"x.zst", TEXT("\x28\xb5\x2f\xfd"), NO_HINTS,
	 "'x.zst' is zstd-compressed, not a token file; decompress it first"},
	{"x.xz",
	 TEXT("\xfd"
	      "7zXZ\0"),
	 NO_HINTS, "'x.xz' is xz-compressed, not a token file; decompress it first"},
	{"book.txt", TEXT("It was a dark and stormy night"), NO_HINTS,
	 "'book.txt' is text; make tokens of it with 'muon-sweep data pack book.txt -o x.tokens'"},
	{"x.dat", TEXT("abcd"), NO_HINTS,
	 "'x.dat' is no token file known here; 'muon-sweep data pack' makes one from text, and raw "
	 "uint16 tokens must end in .bin"},
	{"odd.bin",
	 TEXT("abc"),
	 {300, -1},
	 "'odd.bin' has an odd size, so it holds no 16-bit tokens; if it is text, use 'muon-sweep "
	 "data pack'"},
	{"raw0.bin", TEXT("\1\0\2\0"), NO_HINTS,
	 "'raw0.bin' has no header to say its vocabulary; give data.vocab (50257 for GPT-2) and, "
	 "where documents have an end, data.eot"},
	{"eot.bin",
	 TEXT("\1\0\2\0"),
	 {100, 100},
	 "data.eot 100 is not below data.vocab 100; give a larger data.vocab"},
	{"cut.tokens", TEXT("MSTOKENS"), NO_HINTS,
	 "'cut.tokens' is damaged: it is cut short or too long; make it again with 'muon-sweep "
	 "data "
	 "pack'"},
	{"short.bin", TEXT("\x88\xd8\x34\x01\1\0\0\0"), NO_HINTS,
	 "'short.bin' is shorter than its header of 1024 bytes; download it again"},
};

static void check_refused(const char *path, const struct token_hints *hints, const char *message)
{
	struct token_file file;
	struct error err = ERROR_INIT;

	assert_true(token_file_open(&file, path, hints, &err) < 0);
	assert_string_equal(err.text, message);
}

static void other_files_are_refused_with_reason_and_remedy(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (refusals[i].data)
			scratch_write(refusals[i].path, refusals[i].data, refusals[i].size);
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		check_refused(refusals[i].path, &refusals[i].hints, refusals[i].message);
}

static void headers_that_lie_are_refused(void **state)
{
	struct token_hints none = NO_HINTS;

	(void)state;
	write_llmc("count.bin", 20240520, 1, 100, 20, NULL);
	check_refused("count.bin", &none,
		      "'count.bin' has room for 10 tokens of 2 bytes, but its header says 100; it "
		      "is cut short or was written with another token size");
	write_llmc("none0.bin", 20240520, 1, 0, 0, NULL);
	check_refused("none0.bin", &none, "'none0.bin' has no tokens; give files with tokens");
	write_llmc("v3.bin", 20240520, 3, 2, 4, NULL);
	check_refused("v3.bin", &none,
		      "'v3.bin' is an llm.c token file of version 3, which is not known here; "
		      "write it with version 1");
}

static void wide_tokens_read_as_narrow_ones_are_noticed(void **state)
{
	struct token_hints hints = {50257, -1};
	uint32_t tokens[64];

	(void)state;
	for (uint32_t i = 0; i < 64; i++)
		tokens[i] = 1000 + i;
	scratch_write("wide.bin", tokens, sizeof(tokens));
	check_refused("wide.bin", &hints,
		      "'wide.bin' looks like 32-bit tokens read as 16-bit ones (every second one "
		      "is 0); write them as uint16, or as uint32 behind llm.c's Llama-3 header");
}

static void tokens_beyond_the_vocabulary_are_refused(void **state)
{
	static const uint16_t tokens[] = {5, 99, 100, 3};
	struct token_hints hints = {100, -1};
	struct token_file file;
	struct error err = ERROR_INIT;

	(void)state;
	scratch_write("beyond.bin", tokens, sizeof(tokens));
	check_ok(token_file_open(&file, "beyond.bin", &hints, &err), &err);
	assert_true(token_file_check(&file, "beyond.bin", &err) < 0);
	assert_string_equal(err.text, "'beyond.bin' has token 100, but the vocabulary is 100; give "
				      "data.vocab: 101 or more");
	token_file_close(&file);
}

/* Writes a packed file of two documents with one byte changed. */
static void write_damaged(const char *path, size_t offset, unsigned char value)
{
	struct text file = {0};
	struct error err = ERROR_INIT;

	check_ok(file_read(&file, "two.tokens", &err), &err);
	file.data[offset] = (char)value;
	scratch_write(path, file.data, file.length);
	text_release(&file);
}

static void damaged_packed_files_are_refused(void **state)
{
	struct token_hints none = NO_HINTS, own = {1000, -1};

	(void)state;
	write_damaged("version.tokens", 8, 9);
	check_refused("version.tokens", &none,
		      "'version.tokens' is a token file of version 9, this program reads version "
		      "1; make it again with 'muon-sweep data pack'");
	write_damaged("offset.tokens", 12, 1);
	check_refused("offset.tokens", &none,
		      "'offset.tokens' is damaged: its header makes no sense; make it again with "
		      "'muon-sweep data pack'");
	write_damaged("count.tokens", 39, 255);
	check_refused("count.tokens", &none,
		      "'count.tokens' is damaged: it is cut short or too long; make it again with "
		      "'muon-sweep data pack'");
	write_damaged("order.tokens", 256 + 8, 4);
	check_refused("order.tokens", &none,
		      "'order.tokens' is damaged: its documents are out of order; make it again "
		      "with 'muon-sweep data pack'");
	check_refused("two.tokens", &own,
		      "'two.tokens' says its own vocabulary (257) and end of text (256); leave "
		      "data.vocab and data.eot out");
}

/* Every prefix and many single-byte changes of a valid file: refused or read, never worse. */
static void no_damage_crashes_the_reader(void **state)
{
	struct token_hints none = NO_HINTS;
	struct text whole = {0};
	struct token_file file;
	struct error err = ERROR_INIT;

	(void)state;
	check_ok(file_read(&whole, "two.tokens", &err), &err);
	for (size_t size = 1; size < whole.length; size += 3) {
		scratch_write("fuzz.tokens", whole.data, size);
		assert_true(token_file_open(&file, "fuzz.tokens", &none, &err) < 0);
	}
	for (size_t at = 8; at < whole.length; at++) {
		write_damaged("fuzz.tokens", at, 0xff);
		if (token_file_open(&file, "fuzz.tokens", &none, &err) == 0) {
			(void)token_file_check(&file, "fuzz.tokens", &err);
			token_file_close(&file);
		}
	}
	text_release(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_told_apart_and_read),
		cmocka_unit_test(a_packed_file_is_read_back),
		cmocka_unit_test(other_files_are_refused_with_reason_and_remedy),
		cmocka_unit_test(headers_that_lie_are_refused),
		cmocka_unit_test(wide_tokens_read_as_narrow_ones_are_noticed),
		cmocka_unit_test(tokens_beyond_the_vocabulary_are_refused),
		cmocka_unit_test(damaged_packed_files_are_refused),
		cmocka_unit_test(no_damage_crashes_the_reader),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
