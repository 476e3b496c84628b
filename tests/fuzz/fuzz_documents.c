/* SPDX-License-Identifier: MIT
 *
 * Texts that `data pack` cuts into documents.  The first byte is the rule; with the last of them
 * the second is the size of an index, which follows.
 */
#include "models/document.h"
#include "tests/fuzz/fuzz_file.h"

static void read_text(const char *path, enum document_rule rule)
{
	const struct document_source source = {.path = path, .rule = rule, .drop_prefix = "drop"};
	struct document_list list = {0};
	struct error err = ERROR_INIT;

	if (document_list_read(&list, &source, &err))
		fuzz_demand(err.text[0]);
	for (size_t i = 0; i < list.n; i++) {
		fuzz_demand(list.items[i].size > 0 && list.items[i].size <= list.pool.length);
		fuzz_demand(list.items[i].start <= list.pool.length - list.items[i].size);
	}
	document_list_release(&list);
}

static void read_dictionary(const uint8_t *data, size_t size)
{
	size_t index_size = size > 0 ? data[0] : 0;
	char index[128], dict[128];

	if (size <= index_size)
		return;
	fuzz_file_write(index, "x.idx", data + 1, index_size);
	fuzz_file_write(dict, "x.dict", data + 1 + index_size, size - 1 - index_size);
	read_text(dict, DOCUMENT_STARDICT);
	fuzz_file_remove(index);
	fuzz_file_remove(dict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum document_rule rule;
	char path[128];

	if (size == 0)
		return 0;
	rule = data[0] % (DOCUMENT_STARDICT + 1);
	if (rule == DOCUMENT_STARDICT) {
		read_dictionary(data + 1, size - 1);
		return 0;
	}
	fuzz_file_write(path, "x.txt", data + 1, size - 1);
	read_text(path, rule);
	fuzz_file_remove(path);
	return 0;
}
