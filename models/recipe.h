/* SPDX-License-Identifier: MIT
 *
 * Recipes: corpora whose text is in a package of Debian 12, downloaded and unpacked without
 * being installed.  Adding one is one entry of the table.
 */
#ifndef MODELS_RECIPE_H
#define MODELS_RECIPE_H

#include <stddef.h>
#include <stdint.h>

#include "models/document.h"

struct recipe {
	const char *name;
	const char *summary;
	const char *license;
	const char *package, *version; /* of Debian 12; others are used with a warning */
	const char *deb_sha256;
	const char *text_sha256; /* of all files in `text`, sorted by path, one after the other */
	uint64_t text_bytes;
	/* Shell commands, run in an empty folder with $DEB the package file: leave the text in
	 * the folder `text`. */
	const char *unpack;
	enum document_rule rule;
	const char *drop_prefix; /* of documents that are no text; NULL: none */

	/* Measured on the text, in bits/byte, to hold a model's bits/byte against: entropies of
	 * a byte given 0, 1, 2 before, and compressors. */
	double entropies[3];
	double gzip, xz, ppmd;
};

extern const struct recipe *const recipes[]; /* ends with NULL */

const struct recipe *recipe_find(const char *name); /* NULL: none */

/* "; did you mean 'x'?" in `buffer`, or "". */
const char *recipe_suggest(const char *name, char *buffer, size_t size);

/* The recipe whose very text a corpus was made of, by the checksum in its provenance, so that
 * its measurements hold; NULL: none. */
const struct recipe *recipe_of_text(const char *provenance);

#endif
