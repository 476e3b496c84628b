/* SPDX-License-Identifier: MIT
 *
 * Feeds a fuzz target the files that are kept: its seeds, and inputs that once broke it.
 *
 *     fuzz_csv              the files of tests/fuzz/seeds/csv and tests/fuzz/crashes/csv
 *     fuzz_csv FILE...      these
 */
#include <dirent.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "tests/fuzz/fuzz.h"

static void feed(const char *path)
{
	struct text text = {0};
	struct error err = ERROR_INIT;
	uint8_t *exact;

	if (file_read(&text, path, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	/* of that size exactly, so that a checked build sees every byte read beyond */
	exact = xmalloc(text.length ? text.length : 1);
	if (text.length)
		memcpy(exact, text.data, text.length);
	LLVMFuzzerTestOneInput(exact, text.length);
	free(exact);
	text_release(&text);
}

static size_t feed_folder(const char *folder)
{
	struct dirent **entries;
	struct text path = {0};
	int n = scandir(folder, &entries, NULL, alphasort);
	size_t fed = 0;

	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.') {
			text_clear(&path);
			text_printf(&path, "%s/%s", folder, entries[i]->d_name);
			feed(path.data);
			fed++;
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	text_release(&path);
	return fed;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *program = slash ? slash + 1 : argv[0];
	const char *target = program + strlen("fuzz_");
	struct text folder = {0};
	size_t n = 0;

	for (int i = 1; i < argc; i++, n++)
		feed(argv[i]);
	if (argc < 2) {
		text_printf(&folder, "tests/fuzz/seeds/%s", target);
		n = feed_folder(folder.data);
		if (n == 0)
			fprintf(stderr, "%s: no seeds in '%s'; run it in the project's folder\n",
				program, folder.data);
		text_clear(&folder);
		text_printf(&folder, "tests/fuzz/crashes/%s", target);
		n += feed_folder(folder.data);
		text_release(&folder);
	}
	printf("%s: %zu inputs\n", program, n);
	return n > 0 ? 0 : 1;
}
