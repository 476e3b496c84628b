/* SPDX-License-Identifier: MIT
 *
 * muon-sweep: finds the command, runs it, and makes sure that what it printed has arrived.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/version.h"
#include "cmd/command.h"
#include "tensor/tensor.h"

static void print_overview(FILE *out)
{
	fprintf(out,
		"muon-sweep: from a YAML sweep to a scaling law with an error bar\n\n"
		"Examples:\n"
		"  muon-sweep run quickstart           train what is missing in results.db\n"
		"  muon-sweep fit                      laws and the compute ratio, with intervals\n"
		"\nCommands:\n");
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->summary[0])
			fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(out, "\n'muon-sweep help COMMAND' tells the options of one.\n");
}

static void print_version(void)
{
	struct backend_info backends[8];
	size_t n = backend_list(backends, ARRAY_SIZE(backends));
	struct text blas = {0};

	backend_describe_blas(&blas);
	printf("muon-sweep %s\nBLAS: %s\n", program_version, text_string(&blas));
	for (size_t i = 0; i < n; i++)
		printf("backend %s: %s\n", backends[i].name, backends[i].description);
	text_release(&blas);
}

static int unknown_command(const char *name)
{
	struct suggestion near;
	char hint[128];

	suggestion_start(&near, name);
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->summary[0])
			suggestion_offer(&near, commands[i]->name);
	log_error("unknown command '%s'%s", name,
		  near.best ? suggestion_text(&near, hint, sizeof(hint))
			    : "; see 'muon-sweep help'");
	return 2;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct command_line line = {.program = "/proc/self/exe"};
	struct error err = ERROR_INIT;
	int status = command_line_parse(&line, command, argc, argv, &err);

	if (status == 0 && line.common.help) {
		command_print_help(command);
	} else if (status == 0 && line.common.version) {
		print_version();
	} else if (status == 0) {
		log_set_level(line.common.quiet ? LOG_QUIET : LOG_INFO);
		status = command->run(&line, &err);
	}
	if (status < 0) {
		log_error("%s", err.text[0] ? err.text : error_code_text(err.code));
		status = error_exit_status((enum error_code) - status);
	}
	arena_release(&line.arena);
	return status;
}

/* Who reads through `head` has seen enough, and needs no message. */
static bool stdout_reader_gone(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	return poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
}

/* A full disk or a closed pipe behind stdout must not pass for success. */
static int check_stdout(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (!stdout_reader_gone())
		log_error("cannot write to standard output");
	return status ? status : 1;
}

/* A standard file that was closed would give its number to the next one that is opened, a store for
 * instance.  Reading and writing it fails as before. */
static void hold_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

int main(int argc, char **argv)
{
	const struct command *command;

	hold_standard_files();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is told like a full disk */
	if (argc < 2) {
		print_overview(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--version") == 0) {
		print_version();
		return check_stdout(0);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    (strcmp(argv[1], "help") == 0 && argc == 2)) {
		print_overview(stdout);
		return check_stdout(0);
	}
	command = command_find(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	return check_stdout(run_command(command, argc - 1, argv + 1));
}
