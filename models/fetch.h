/* SPDX-License-Identifier: MIT
 *
 * Fetching: a recipe's package is downloaded with apt-get (no root, nothing is installed)
 * into a temporary folder and unpacked there.
 */
#ifndef MODELS_FETCH_H
#define MODELS_FETCH_H

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "models/recipe.h"

struct fetched {
	struct text folder; /* temporary; the text is in folder/text */
	struct text version;
	char deb_sha256[SHA256_HEX];
};

/* `deb`: a package file that is already there; "": download.  ERR_IO with the remedy.
 * fetched_remove() deletes the folder, also after an error. */
int fetch(struct fetched *fetched, const struct recipe *recipe, const char *deb, struct error *err);
void fetched_remove(struct fetched *fetched);

/* Lines "key: value": corpus, package, version, checksums, licence, rule. */
void fetched_provenance(const struct fetched *fetched, const struct recipe *recipe,
			const char *text_sha256, struct text *out);

/* Warns on stderr where version or checksums are not the recipe's. */
void fetched_compare(const struct fetched *fetched, const struct recipe *recipe,
		     const char *text_sha256);

#endif
