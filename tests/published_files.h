/* SPDX-License-Identifier: MIT
 *
 * The folder of published data that the program's argument names, and its files.
 */
#ifndef TESTS_PUBLISHED_FILES_H
#define TESTS_PUBLISHED_FILES_H

#include "tests/fit_fixture.h"

#include "base/text.h"
#include "results/csv.h"

static const char *folder;

static inline void take_folder(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		exit(2);
	}
	folder = argv[1];
}

static inline void read_published(const char *file, const struct csv_options *how,
				  struct observations *set)
{
	struct csv_report csv = {0};
	struct error err = ERROR_INIT;
	struct text path = {0};

	text_printf(&path, "%s/%s", folder, file);
	check_ok(csv_observations(path.data, how, set, &csv, &err), &err);
	csv_report_release(&csv);
	text_release(&path);
}

#endif
