/* SPDX-License-Identifier: MIT */
#include "base/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The beginning of a small file, without newlines at its end; "" where it cannot be read. */
static void read_start(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	while (got > 0 && text[got - 1] == '\n')
		got--;
	text[got > 0 ? got : 0] = '\0';
}

/* Where numbers of processes mean the same as here: "BOOT pid:[NAMESPACE] "; "" unknown. */
static void read_scope(char scope[PROCESS_MARK])
{
	char boot[48], space[32];
	ssize_t length = readlink("/proc/self/ns/pid", space, sizeof(space) - 1);

	space[length > 0 ? length : 0] = '\0';
	read_start("/proc/sys/kernel/random/boot_id", boot, sizeof(boot));
	scope[0] = '\0';
	if (boot[0] && space[0])
		snprintf(scope, PROCESS_MARK, "%s %s ", boot, space);
}

/* Ticks from the boot to the start of a process, field 22 of its stat, and its state, field 3.  The
 * name in field 2 may hold anything. */
static bool read_start_ticks(int pid, unsigned long long *ticks)
{
	char path[32], stat[1024], state;
	const char *after_name;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	read_start(path, stat, sizeof(stat));
	after_name = strrchr(stat, ')');
	return after_name &&
	       sscanf(after_name + 1,
		      " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
		      "%*d %llu",
		      &state, ticks) == 2 &&
	       state != 'Z' && state != 'X';
}

void process_mark(int pid, char mark[PROCESS_MARK])
{
	unsigned long long ticks;
	size_t length;

	read_scope(mark);
	length = strlen(mark);
	if (length > 0 && read_start_ticks(pid, &ticks))
		snprintf(mark + length, PROCESS_MARK - length, "%llu", ticks);
	else
		mark[0] = '\0';
}

bool process_mark_is_visible(const char *mark)
{
	char scope[PROCESS_MARK];

	read_scope(scope);
	return scope[0] && strncmp(mark, scope, strlen(scope)) == 0;
}
