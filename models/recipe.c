/* SPDX-License-Identifier: MIT
 *
 * Checksums and measurements are of the package versions named.  Compressors: gzip -9,
 * xz -9, 7z -m0=PPMd:o=16:mem=1536m.
 */
#include "models/recipe.h"

#include <string.h>

#include "base/text.h"

#define FROM_DEB "dpkg-deb --fsys-tarfile \"$DEB\" | tar x -O "

static const struct recipe en_dict = {
	.name = "en-dict",
	.summary = "English dictionary (GCIDE: Webster 1913 and WordNet), with quotations",
	.license = "GPL-2+",
	.package = "dict-gcide",
	.version = "0.48.5+nmu2",
	.deb_sha256 = "7b0af5cfde3cbdef5e9d6e78f92ec335ced7c2790f37a40f49bebc6f7347ac0f",
	.text_sha256 = "802beb667e1fb666203e750f1faea60d5c202ac5430c2083c4180494609f10a7",
	.text_bytes = 39952321,
	.unpack = FROM_DEB "./usr/share/dictd/gcide.dict.dz | gzip -dc > text/en-dict.txt",
	.rule = DOCUMENT_ENTRY,
	.drop_prefix = "00-database-",
	.entropies = {4.664, 3.477, 2.609},
	.gzip = 2.577,
	.xz = 1.848,
	.ppmd = 1.492,
};

static const struct recipe en_prose = {
	.name = "en-prose",
	.summary = "English prose (An Anarchist FAQ, Markdown): long documents",
	.license = "GPL-2",
	.package = "anarchism",
	.version = "15.3-3",
	.deb_sha256 = "cf21c10948b00e923c62eb31c39a3390413fa26c5ee0e3b925feb0ec7fe42948",
	.text_sha256 = "67c0f7f58cb8d2050d48cb77b1e95cb1c7c9490f0edebfca929f55fc1efde6d9",
	.text_bytes = 11656464,
	.unpack = "dpkg-deb -x \"$DEB\" deb; mv deb/usr/share/doc/anarchism/markdown/*.md.gz text; "
		  "gzip -d text/*.gz",
	.rule = DOCUMENT_FILE,
	.entropies = {4.590, 3.602, 2.782},
	.gzip = 2.768,
	.xz = 1.848,
	.ppmd = 1.503,
};

#define LINUX	   "linux-source-6.1"
#define TREE(name) " " LINUX "/" name

static const struct recipe c_core = {
	.name = "c-core",
	.summary = "C of the Linux kernel without drivers and architectures",
	.license = "GPL-2",
	.package = LINUX,
	.version = "6.1.176-1",
	.deb_sha256 = "9305d1a151b8e83dcb88aa11361e7b9513f0c252bdf7f5647e4542762d99c094",
	.text_sha256 = "71cfcfdb7ea2abd11745895d830565e75c351d376c355c66ac233dce91daea08",
	.text_bytes = 144754309,
	.unpack = FROM_DEB
	"./usr/src/" LINUX ".tar.xz | xz -dc | tar x -C text "
	"--strip-components=1" TREE("kernel") TREE("mm") TREE("fs") TREE("net") TREE("lib")
		TREE("block") TREE("crypto") TREE("security") TREE("ipc") TREE("init") TREE("virt")
			TREE("include") "; find text ! -type d ! -name '*.[ch]' -delete",
	.rule = DOCUMENT_DIRECTORY,
	.entropies = {5.500, 4.057, 3.034},
	.gzip = 1.831,
	.xz = 1.269,
	.ppmd = 1.181,
};

static const struct recipe fr_dict = {
	.name = "fr-dict",
	.summary = "French dictionary (Littré), with literary quotations",
	.license = "text: public domain, XML: GPL-2+",
	.package = "stardict-xmlittre",
	.version = "1:1.0-2",
	.deb_sha256 = "05e9b0e4f534256c2db5325fc10cb90eeb2f459c465e4ab37e1804ecd34e3de5",
	.text_sha256 = "05a150e43f86543b781dde79542e06d95de76affef987b2499ad9773827660ba",
	.text_bytes = 68550837,
	.unpack = "dpkg-deb -x \"$DEB\" deb; cd deb/usr/share/stardict/dic; "
		  "gzip -dc XMLittre.dict.dz > \"$OLDPWD/text/XMLittre.dict\"; "
		  "cp XMLittre.idx \"$OLDPWD/text\"",
	.rule = DOCUMENT_STARDICT,
	.entropies = {4.855, 3.521, 2.772},
	.gzip = 3.057,
	.xz = 1.921,
	.ppmd = 1.541,
};

const struct recipe *const recipes[] = {&en_dict, &en_prose, &c_core, &fr_dict, NULL};

const struct recipe *recipe_find(const char *name)
{
	for (size_t i = 0; recipes[i]; i++)
		if (strcmp(recipes[i]->name, name) == 0)
			return recipes[i];
	return NULL;
}

const char *recipe_suggest(const char *name, char *buffer, size_t size)
{
	struct suggestion near;

	suggestion_start(&near, name);
	for (size_t i = 0; recipes[i]; i++)
		suggestion_offer(&near, recipes[i]->name);
	return suggestion_text(&near, buffer, size);
}

const struct recipe *recipe_of_text(const char *provenance)
{
	for (size_t i = 0; recipes[i]; i++)
		if (strstr(provenance, recipes[i]->text_sha256))
			return recipes[i];
	return NULL;
}
