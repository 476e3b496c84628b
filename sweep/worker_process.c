/* SPDX-License-Identifier: MIT */
#include "sweep/worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "base/memory.h"

#define KEPT_COMPLAINTS 4096

/* Between fork and exec: only async-signal-safe calls. */
static void become_worker(const char **argv, int events, int errors, pid_t parent)
{
	int nothing = open("/dev/null", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	signal(SIGINT, SIG_IGN);
	dup2(nothing, STDIN_FILENO);
	dup2(events, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

static const char **append_argument(const char *const *argv, const char *last)
{
	size_t n = 0;
	const char **all;

	while (argv[n])
		n++;
	all = xcalloc(n + 2, sizeof(*all));
	memcpy(all, argv, n * sizeof(*all));
	all[n] = last;
	return all;
}

int worker_process_start(struct worker_process *p, const char *const *argv, const char *last,
			 struct error *err)
{
	int events[2], errors[2];
	const char **all;
	pid_t parent = getpid();

	if (pipe2(events, O_CLOEXEC) < 0)
		return error_set_errno(err, ERR_IO, "cannot start a worker");
	if (pipe2(errors, O_CLOEXEC) < 0) {
		close(events[0]);
		close(events[1]);
		return error_set_errno(err, ERR_IO, "cannot start a worker");
	}
	all = append_argument(argv, last);
	p->pid = fork();
	if (p->pid == 0)
		become_worker(all, events[1], errors[1], parent);
	free(all);
	close(events[1]);
	close(errors[1]);
	p->events = events[0];
	p->errors = errors[0];
	fcntl(p->events, F_SETFL, O_NONBLOCK);
	fcntl(p->errors, F_SETFL, O_NONBLOCK);
	text_clear(&p->line);
	text_clear(&p->complaints);
	if (p->pid < 0) {
		p->pid = 0;
		return error_set_errno(err, ERR_IO, "cannot start a worker");
	}
	return 0;
}

/* Adds what can be read; closes at the end of the file. */
static void drain(int *fd, struct text *into)
{
	char buffer[16384];
	ssize_t got;

	while (*fd >= 0) {
		got = read(*fd, buffer, sizeof(buffer));
		if (got > 0) {
			text_add_bytes(into, buffer, (size_t)got);
		} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
			close(*fd);
			*fd = -1;
		} else if (errno == EAGAIN) {
			return;
		}
	}
}

static void drop_front(struct text *text, size_t n)
{
	text->length -= n;
	memmove(text->data, text->data + n, text->length + 1);
}

bool worker_process_read(struct worker_process *p, void (*each)(void *context, char *line),
			 void *context)
{
	size_t start = 0;
	char *newline;

	drain(&p->errors, &p->complaints);
	if (p->complaints.length > KEPT_COMPLAINTS)
		drop_front(&p->complaints, p->complaints.length - KEPT_COMPLAINTS);
	drain(&p->events, &p->line);
	while (p->line.length > start &&
	       (newline = memchr(p->line.data + start, '\n', p->line.length - start))) {
		*newline = '\0';
		each(context, p->line.data + start);
		start = (size_t)(newline - p->line.data) + 1;
	}
	if (start > 0)
		drop_front(&p->line, start);
	return p->events >= 0 || p->errors >= 0;
}

static void add_last_line(struct text *how, const struct text *complaints)
{
	const char *start = text_string(complaints);
	size_t length = complaints->length;

	while (length > 0 && start[length - 1] == '\n')
		length--;
	for (size_t i = length; i > 0; i--)
		if (start[i - 1] == '\n') {
			start += i;
			length -= i;
			break;
		}
	if (length > 0) {
		text_add(how, ": ");
		text_add_bytes(how, start, length);
	}
}

void worker_process_reap(struct worker_process *p, struct text *how)
{
	int status = 0;

	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
	text_clear(how);
	if (WIFSIGNALED(status))
		text_printf(how, "killed by signal %d (%s)", WTERMSIG(status),
			    strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0)
		text_printf(how, "exit status %d", WEXITSTATUS(status));
	else
		return;
	add_last_line(how, &p->complaints);
}
