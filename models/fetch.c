/* SPDX-License-Identifier: MIT */
#include "models/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/log.h"

/* $1: folder, $2: package, $3: version.  The pinned version is tried first, then whatever is
 * there.  apt-get's chatter goes to a file that the error message shows. */
static const char download_script[] =
	"cd \"$1\" && { apt-get download \"$2=$3\" || apt-get download \"$2\"; } >log 2>&1 && "
	"mv ./*.deb package.deb";

/* $1: folder, $2: package file, $3: the recipe's commands, run by a shell of their own. */
static const char unpack_script[] =
	"cd \"$1\" && mkdir text && { dpkg-deb -f \"$2\" Version >version && "
	"DEB=$2 sh -e -c \"$3\"; } 2>>log";

static void add_quoted(struct text *command, const char *word)
{
	text_add(command, " '");
	for (; *word; word++) {
		if (*word == '\'')
			text_add(command, "'\\''");
		else
			text_add_char(command, *word);
	}
	text_add_char(command, '\'');
}

static int run_script(const char *script, const char *const arguments[3])
{
	struct text command = {0};
	int status;

	text_add(&command, "sh -c");
	add_quoted(&command, script);
	text_add(&command, " sh");
	for (int i = 0; i < 3; i++)
		add_quoted(&command, arguments[i]);
	fflush(NULL);
	status = system(command.data);
	text_release(&command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The last line that the commands wrote. */
static void last_words(const struct fetched *fetched, struct text *out)
{
	struct text path = {0};
	char *line;

	text_printf(&path, "%s/log", fetched->folder.data);
	file_read(out, path.data, NULL);
	text_release(&path);
	while (out->length && out->data[out->length - 1] == '\n')
		out->data[--out->length] = '\0';
	line = out->length ? strrchr(out->data, '\n') : NULL;
	if (line)
		memmove(out->data, line + 1, strlen(line));
}

static int failed(const struct fetched *fetched, const struct recipe *recipe, const char *what,
		  const char *remedy, struct error *err)
{
	struct text words = {0};
	int result;

	last_words(fetched, &words);
	result = error_set(err, ERR_IO, "cannot %s package '%s' for corpus '%s' (%s); %s", what,
			   recipe->package, recipe->name, words.length ? words.data : "no message",
			   remedy);
	text_release(&words);
	return result;
}

static int make_folder(struct fetched *fetched, struct error *err)
{
	const char *base = getenv("TMPDIR");

	text_printf(&fetched->folder, "%s/muon-sweep-XXXXXX", base && base[0] ? base : "/tmp");
	if (!mkdtemp(fetched->folder.data)) {
		text_release(&fetched->folder);
		return error_set_errno(err, ERR_IO, "cannot make a temporary folder");
	}
	return 0;
}

static int hash_file(const char *path, char hex[SHA256_HEX], struct error *err)
{
	struct sha256 sha;
	struct file_map map;
	int result = file_map_open(&map, path, err);

	if (result)
		return result;
	sha256_start(&sha);
	sha256_add(&sha, map.data, map.size);
	sha256_finish(&sha, hex);
	file_map_close(&map);
	return 0;
}

static int download(const struct fetched *fetched, const struct recipe *recipe, struct error *err)
{
	const char *arguments[] = {fetched->folder.data, recipe->package, recipe->version};

	log_info("downloading %s %s", recipe->package, recipe->version);
	if (run_script(download_script, arguments) == 0)
		return 0;
	return failed(fetched, recipe, "download",
		      "run 'apt-get update' as root and try again, or give the file with --deb",
		      err);
}

static int unpack(struct fetched *fetched, const struct recipe *recipe, const char *deb,
		  struct error *err)
{
	const char *arguments[] = {fetched->folder.data, deb, recipe->unpack};
	struct text path = {0};
	int result;

	if (run_script(unpack_script, arguments) != 0)
		return failed(fetched, recipe, "unpack",
			      "check that dpkg-deb, tar, gzip and xz are there", err);
	text_printf(&path, "%s/version", fetched->folder.data);
	result = file_read(&fetched->version, path.data, err);
	text_release(&path);
	if (fetched->version.length && fetched->version.data[fetched->version.length - 1] == '\n')
		fetched->version.data[--fetched->version.length] = '\0';
	return result ? result : hash_file(deb, fetched->deb_sha256, err);
}

int fetch(struct fetched *fetched, const struct recipe *recipe, const char *deb, struct error *err)
{
	struct text path = {0};
	int result;

	*fetched = (struct fetched){0};
	result = make_folder(fetched, err);
	if (!result && deb[0]) {
		char *full = realpath(deb, NULL);

		if (full)
			text_add(&path, full);
		else
			result = error_set_errno(err, ERR_IO, "cannot open '%s'", deb);
		free(full);
	} else if (!result) {
		text_printf(&path, "%s/package.deb", fetched->folder.data);
		result = download(fetched, recipe, err);
	}
	if (!result)
		result = unpack(fetched, recipe, path.data, err);
	text_release(&path);
	return result;
}

void fetched_remove(struct fetched *fetched)
{
	const char *arguments[] = {text_string(&fetched->folder), "", ""};

	if (fetched->folder.length)
		run_script("rm -rf -- \"$1\"", arguments);
	text_release(&fetched->folder);
	text_release(&fetched->version);
}

void fetched_provenance(const struct fetched *fetched, const struct recipe *recipe,
			const char *text_sha256, struct text *out)
{
	text_printf(out, "corpus: %s\npackage: %s\nversion: %s\ndeb_sha256: %s\n", recipe->name,
		    recipe->package, text_string(&fetched->version), fetched->deb_sha256);
	text_printf(out, "text_sha256: %s\nlicense: %s\nsplit: %s\n", text_sha256, recipe->license,
		    document_rules[recipe->rule].name);
}

static bool compare(const struct recipe *recipe, const char *what, const char *got,
		    const char *want)
{
	if (strcmp(got, want) != 0)
		log_warn("corpus '%s': %s is %s, not %s: results differ from those of the "
			 "published corpus",
			 recipe->name, what, got, want);
	return strcmp(got, want) == 0;
}

void fetched_compare(const struct fetched *fetched, const struct recipe *recipe,
		     const char *text_sha256)
{
	if (compare(recipe, "package version", text_string(&fetched->version), recipe->version))
		compare(recipe, "SHA-256 of the package", fetched->deb_sha256, recipe->deb_sha256);
	compare(recipe, "SHA-256 of the text", text_sha256, recipe->text_sha256);
}
