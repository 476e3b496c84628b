/* SPDX-License-Identifier: MIT */
#include "sweep/worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#define KEPT_COMPLAINTS 4096
#define LONGEST_LINE	4096
#define ROUND_BYTES	(1 << 20) /* more than a pipe holds */
#define CLOSED_GRACE_S	1.0	  /* to end after closing its events */

/* --- what it reads --- */

int worker_input_open(struct worker_input *input, const char *text, struct error *err)
{
	size_t size = text ? strlen(text) : 0;

	input->fd = text ? memfd_create("input", MFD_CLOEXEC) : -1;
	snprintf(input->path, sizeof(input->path), text ? "/proc/self/fd/%d" : "/dev/null",
		 input->fd);
	if (!text || (input->fd >= 0 && write(input->fd, text, size) == (ssize_t)size))
		return 0;
	return error_set_errno(err, ERR_IO, "cannot keep the input of the workers");
}

void worker_input_close(struct worker_input *input)
{
	if (input->fd >= 0)
		close(input->fd);
	input->fd = -1;
}

/* --- starting --- */

static const char cannot_execute[] = "cannot execute the worker";

static void give_stream(int from, int to)
{
	if (dup2(from, to) < 0)
		_exit(127);
}

/* Between fork and exec: only async-signal-safe calls.  The pipes may have the numbers of standard
 * streams, where the parent has closed those; hence the copies. */
static void become_worker(const char **argv, const char *path, int events, int errors, pid_t parent,
			  const cpu_set_t *cores)
{
	int input = fcntl(open(path, O_RDONLY | O_CLOEXEC), F_DUPFD_CLOEXEC, 3);

	events = fcntl(events, F_DUPFD_CLOEXEC, 3);
	errors = fcntl(errors, F_DUPFD_CLOEXEC, 3);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (cores)
		sched_setaffinity(0, sizeof(*cores), cores);
	if (getppid() != parent)
		_exit(127);
	give_stream(input, STDIN_FILENO);
	give_stream(events, STDOUT_FILENO);
	give_stream(errors, STDERR_FILENO);
	execv(argv[0], (char *const *)argv);
	if (write(STDERR_FILENO, cannot_execute, sizeof(cannot_execute) - 1) < 0)
		_exit(126);
	_exit(127);
}

/* A signal that comes before exec must not be swallowed by the parent's handlers: it is held back
 * until the child has its own. */
static pid_t fork_worker(const char **argv, const char *input, int events, int errors,
			 const cpu_set_t *cores)
{
	pid_t parent = getpid(), pid;
	sigset_t all, old;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (pid == 0) {
		signal(SIGINT, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		signal(SIGTERM, SIG_DFL);
		sigprocmask(SIG_SETMASK, &old, NULL);
		become_worker(argv, input, events, errors, parent, cores);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return pid;
}

static size_t count_arguments(const char *const *argv)
{
	size_t n = 0;

	while (argv[n])
		n++;
	return n;
}

static const char **join_arguments(const char *const *argv, const char *const *more)
{
	size_t n = count_arguments(argv), n_more = count_arguments(more);
	const char **all = xcalloc(n + n_more + 1, sizeof(*all));

	memcpy(all, argv, n * sizeof(*all));
	memcpy(all + n, more, n_more * sizeof(*all));
	return all;
}

static int make_pipe(int *reader, int *writer)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	*reader = ends[0];
	*writer = ends[1];
	return fcntl(*reader, F_SETFL, O_NONBLOCK);
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int worker_process_start(struct worker_process *p, const char *const *argv, const char *const *more,
			 const struct worker_input *input, struct error *err)
{
	const char **all = join_arguments(argv, more);
	int events = -1, errors = -1, result = 0;

	p->events = p->errors = -1;
	p->pid = -1;
	p->status = 0;
	p->closed_s = 0;
	p->killed = false;
	p->skipping = false;
	text_clear(&p->line);
	text_clear(&p->complaints);
	setenv("OPENBLAS_NUM_THREADS", "1", 1); /* no threads that stay idle */
	if (make_pipe(&p->events, &events) == 0 && make_pipe(&p->errors, &errors) == 0)
		p->pid =
			fork_worker(all, input->path, events, errors, p->pinned ? &p->cores : NULL);
	if (p->pid < 0) {
		result = error_set_errno(err, ERR_IO, "cannot start a worker; try fewer --jobs");
		close_end(&p->events);
		close_end(&p->errors);
	}
	close_end(&events);
	close_end(&errors);
	free(all);
	return result;
}

/* --- reading --- */

static void drop_front(struct text *text, size_t n)
{
	text->length -= n;
	memmove(text->data, text->data + n, text->length + 1);
}

/* Hands on the whole lines; keeps the beginning of the next. */
static void take_lines(struct worker_process *p, void (*each)(void *context, char *line),
		       void *context)
{
	size_t start = 0;
	char *newline;

	while (p->line.length > start &&
	       (newline = memchr(p->line.data + start, '\n', p->line.length - start))) {
		*newline = '\0';
		if (!p->skipping)
			each(context, p->line.data + start);
		p->skipping = false;
		start = (size_t)(newline - p->line.data) + 1;
	}
	if (start > 0)
		drop_front(&p->line, start);
	if (p->line.length > LONGEST_LINE) {
		if (!p->skipping)
			each(context, p->line.data);
		p->skipping = true;
		text_clear(&p->line);
	}
}

/* Appends a piece of what can be read; closes at the end of the file.  The number of bytes. */
static size_t read_piece(int *fd, struct text *into)
{
	char buffer[16384];
	ssize_t got;

	if (*fd < 0)
		return 0;
	do
		got = read(*fd, buffer, sizeof(buffer));
	while (got < 0 && errno == EINTR);
	if (got > 0)
		text_add_bytes(into, buffer, (size_t)got);
	else if (got == 0 || errno != EAGAIN)
		close_end(fd);
	return got > 0 ? (size_t)got : 0;
}

static void read_complaints(struct worker_process *p)
{
	size_t sum = 0, got;

	while (sum < ROUND_BYTES && (got = read_piece(&p->errors, &p->complaints)) > 0) {
		sum += got;
		if (p->complaints.length > KEPT_COMPLAINTS)
			drop_front(&p->complaints, p->complaints.length - KEPT_COMPLAINTS);
	}
}

static bool has_ended(struct worker_process *p)
{
	pid_t pid = waitpid(p->pid, &p->status, WNOHANG);

	return pid == p->pid || (pid < 0 && errno != EINTR);
}

/* Nobody would ever hear of it again. */
static void kill_when_mute(struct worker_process *p)
{
	if (p->events >= 0)
		return;
	if (p->closed_s <= 0)
		p->closed_s = clock_s();
	if (clock_s() - p->closed_s > CLOSED_GRACE_S) {
		p->killed = true;
		kill(p->pid, SIGKILL);
	}
}

bool worker_process_read(struct worker_process *p, void (*each)(void *context, char *line),
			 void *context)
{
	/* First, since what a process wrote is in the pipe when it has ended. */
	bool ended = has_ended(p);
	size_t sum = 0, got;

	read_complaints(p);
	while (sum < ROUND_BYTES && (got = read_piece(&p->events, &p->line)) > 0) {
		sum += got;
		take_lines(p, each, context);
	}
	if (!ended)
		kill_when_mute(p);
	return !ended;
}

/* --- the end --- */

static void find_last_line(const struct text *complaints, struct text *line)
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
	text_add_bytes(line, start, length);
}

/* What the program itself says before it ends so is all that there is to say; NULL: it is not. */
static const char *own_words(const struct worker_process *p, const struct text *last)
{
	const char *words = text_string(last);

	if (WIFSIGNALED(p->status) || p->killed || !text_starts_with(words, LOG_NAME) ||
	    text_starts_with(words, LOG_NAME LOG_WARNING))
		return NULL;
	return words + strlen(LOG_NAME);
}

void worker_process_finish(struct worker_process *p, struct text *how)
{
	struct text last = {0};
	const char *own;

	close_end(&p->events);
	close_end(&p->errors);
	text_clear(how);
	if (WIFEXITED(p->status) && WEXITSTATUS(p->status) == 0)
		return;
	find_last_line(&p->complaints, &last);
	own = own_words(p, &last);
	if (own)
		text_add(how, own);
	else if (WIFSIGNALED(p->status))
		text_printf(how, "killed by signal %d (%s)", WTERMSIG(p->status),
			    strsignal(WTERMSIG(p->status)));
	else
		text_printf(how, "exit status %d", WEXITSTATUS(p->status));
	if (p->killed)
		text_add(how, "; it had closed its output and lived on");
	if (!own && last.length > 0)
		text_printf(how, ": %s", last.data);
	text_release(&last);
}

/* Bytes of the UTF-8 character at the start of a text; 0: that is none, or one of control. */
static size_t character_length(const unsigned char *c)
{
	size_t n = *c < 0x80 ? 1 : *c >= 0xf0 ? 4 : *c >= 0xe0 ? 3 : 2;

	if ((*c < 0x20 && *c != '\t' && *c != '\n') || *c == 0x7f || (*c >= 0x80 && *c < 0xc2) ||
	    *c > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

void worker_process_last_words(const struct worker_process *p, struct text *words)
{
	const char *at = text_string(&p->complaints), *end = at + p->complaints.length;

	if (p->complaints.length == KEPT_COMPLAINTS && strchr(at, '\n'))
		at = strchr(at, '\n') + 1;
	while (at < end) {
		size_t n = character_length((const unsigned char *)at);

		if (n > 0)
			text_add_bytes(words, at, n);
		else
			text_add_char(words, '?');
		at += n > 0 ? n : 1;
	}
}

void worker_process_release(struct worker_process *p)
{
	text_release(&p->line);
	text_release(&p->complaints);
}
