/* SPDX-License-Identifier: MIT */
#include "models/format_refusal.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"

struct signature {
	const char *bytes; /* at the start of the file; NULL: any */
	size_t length;
	const char *ending; /* of the path; NULL: any */
	const char *what;
	const char *remedy;
};

#define TO_UINT16 "write its tokens as raw uint16 to a .bin file and give data.vocab"
#define TO_TEXT	  "export its text and use 'muon-sweep data pack'"
#define UNPACK	  "decompress it first"
#define NO_CORPUS "give the token files themselves"

/* Magic numbers: llm.c dev/data/data_common.py and train_gpt2.c, Megatron-LM
 * indexed_dataset.py, numpy lib/format.py, Parquet and Arrow format pages. */
static const struct signature signatures[] = {
	{"\x8a\xd8\x34\x01", 4, NULL, "an llm.c evaluation set", NO_CORPUS},
	{"\xc6\xd7\x34\x01", 4, NULL, "llm.c model weights", NO_CORPUS},
	{"\xc7\xd7\x34\x01", 4, NULL, "an llm.c debug state", NO_CORPUS},
	{"\xc8\xd7\x34\x01", 4, NULL, "an llm.c tokenizer", NO_CORPUS},
	{"MMIDIDX\0\0", 9, NULL, "a Megatron index", TO_UINT16},
	{"\x93NUMPY", 6, NULL, "a NumPy array", TO_UINT16},
	{"PAR1", 4, NULL, "a Parquet file", TO_TEXT},
	{"ARROW1\0\0", 8, NULL, "an Arrow file", TO_TEXT},
	{"\xff\xff\xff\xff", 4, ".arrow", "an Arrow stream", TO_TEXT},
	{"\x1f\x8b", 2, NULL, "gzip-compressed", UNPACK},
	{"\x28\xb5\x2f\xfd", 4, NULL, "zstd-compressed", UNPACK},
	{"\xfd"
	 "7zXZ\0",
	 6, NULL, "xz-compressed", UNPACK},
	{"BZh", 3, NULL, "bzip2-compressed", UNPACK},
	{"PK\3\4", 4, NULL, "a zip archive", UNPACK},
	{NULL, 0, ".npy", "an array without NumPy's header",
	 "rename it to .bin if it is raw uint16"},
};

static const char *const text_endings[] = {".txt", ".md", ".jsonl", ".json", ".c",
					   ".h",   ".py", ".rst",   ".html", ".csv"};

static bool matches(const struct signature *s, const char *path, const void *data, size_t size)
{
	if (s->bytes && (size < s->length || memcmp(data, s->bytes, s->length) != 0))
		return false;
	return !s->ending || text_ends_with(path, s->ending);
}

int format_refusal(const char *path, const void *data, size_t size, const char *wanted,
		   struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(signatures); i++)
		if (matches(&signatures[i], path, data, size))
			return error_set(err, ERR_DATA, "'%s' is %s, not %s; %s", path,
					 signatures[i].what, wanted, signatures[i].remedy);
	return 0;
}

bool format_is_text(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(text_endings); i++)
		if (text_ends_with(path, text_endings[i]))
			return true;
	return false;
}
