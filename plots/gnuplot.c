/* SPDX-License-Identifier: MIT
 *
 * The script and gnuplot's complaints pass through unnamed files, so that only one pipe is
 * read and neither side can wait for the other.
 */
#include "plots/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

extern char **environ;

static FILE *script_file(const char *script, struct error *err)
{
	FILE *file = tmpfile();

	if (!file) {
		error_set_errno(err, ERR_IO, "cannot make a temporary file for gnuplot");
		return NULL;
	}
	if (fputs(script, file) < 0 || fflush(file) || fseek(file, 0, SEEK_SET)) {
		error_set_errno(err, ERR_IO, "cannot write a temporary file for gnuplot");
		fclose(file);
		return NULL;
	}
	return file;
}

static int start(int in, int out, int complaints, pid_t *child, struct error *err)
{
	char *const arguments[] = {(char[]){"gnuplot"}, (char[]){"--default-settings"}, NULL};
	posix_spawn_file_actions_t actions;
	int failed;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO);
	failed = posix_spawnp(child, "gnuplot", &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (failed == ENOENT)
		return error_set(err, ERR_IO,
				 "cannot find gnuplot; install it ('apt-get install gnuplot-nox'), "
				 "or write the numbers and the script with --data FILE");
	errno = failed;
	return failed ? error_set_errno(err, ERR_IO, "cannot start gnuplot") : 0;
}

static int read_all(int from, struct text *out, struct error *err)
{
	char block[16384];
	ssize_t got;

	while ((got = read(from, block, sizeof(block))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set_errno(err, ERR_IO, "cannot read from gnuplot");
		text_add_bytes(out, block, (size_t)got);
	}
	return 0;
}

/* gnuplot repeats the line it refuses and a caret before the message: the last line that
 * says something is the message. */
static int complain(FILE *complaints, struct error *err)
{
	char line[512], message[512] = "no message";

	rewind(complaints);
	while (fgets(line, sizeof(line), complaints)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[strspn(line, " ")])
			strcpy(message, line + strspn(line, " "));
	}
	return error_set(err, ERR_IO, "gnuplot failed: %s", message);
}

static int run(FILE *input, FILE *complaints, struct text *picture, struct error *err)
{
	int ends[2], status = 0, result;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return error_set_errno(err, ERR_IO, "cannot make a pipe for gnuplot");
	result = start(fileno(input), ends[1], fileno(complaints), &child, err);
	close(ends[1]);
	if (!result) {
		result = read_all(ends[0], picture, err);
		close(ends[0]);
		ends[0] = -1;
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			continue;
		if (!result && status)
			result = complain(complaints, err);
	}
	if (ends[0] >= 0)
		close(ends[0]);
	return result;
}

int gnuplot_run(const char *script, struct text *picture, struct error *err)
{
	FILE *input = script_file(script, err);
	FILE *complaints = input ? script_file("", err) : NULL;
	int result = complaints ? run(input, complaints, picture, err) : -ERR_IO;

	if (input)
		fclose(input);
	if (complaints)
		fclose(complaints);
	return result;
}

/* Each page of a terminal begins with one, whatever it is told. */
static void drop_form_feeds(struct text *picture)
{
	size_t kept = 0;

	for (size_t i = 0; i < picture->length; i++)
		if (picture->data[i] != '\f')
			picture->data[kept++] = picture->data[i];
	picture->length = kept;
}

int gnuplot_draw(const struct chart *chart, const struct gnuplot_target *target,
		 struct text *picture, struct error *err)
{
	struct text script = {0};
	int result;

	gnuplot_add_script(chart, target, NULL, NULL, &script);
	result = gnuplot_run(text_string(&script), picture, err);
	if (target->format == FORMAT_TERMINAL)
		drop_form_feeds(picture);
	text_release(&script);
	return result;
}

int gnuplot_save(const struct chart *chart, const struct gnuplot_target *target, const char *data,
		 const char *output, struct error *err)
{
	struct text numbers = {0}, script = {0}, path = {0};
	int result;

	text_printf(&path, "%s.gp", data);
	text_add(&script, "# gnuplot draws this from the folder where it was written\n");
	gnuplot_add_data(chart, &numbers);
	gnuplot_add_script(chart, target, data, output, &script);
	result = file_write(data, numbers.data, numbers.length, err);
	if (!result)
		result = file_write(text_string(&path), script.data, script.length, err);
	text_release(&numbers);
	text_release(&script);
	text_release(&path);
	return result;
}
