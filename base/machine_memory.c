/* SPDX-License-Identifier: MIT */
#include "base/machine_memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB	    1024
#define VMSTAT_SIZE 16384

/* The beginning of a small file, terminated; "" where it cannot be read. */
static void read_start(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = '\0';
}

/* The number behind "Name:" at the start of a line, in KiB as files of /proc have it. */
static size_t read_field(const char *path, const char *name)
{
	char text[4096];
	const char *at = text;
	size_t length = strlen(name);

	read_start(path, text, sizeof(text));
	while (at && strncmp(at, name, length) != 0) {
		at = strchr(at, '\n');
		at += at != NULL;
	}
	return at ? strtoull(at + length, NULL, 10) * KIB : 0;
}

size_t memory_peak(void)
{
	return read_field("/proc/self/status", "VmHWM:");
}

/* Lowers *least to the limit that the file tells; "max" is none. */
static void lower_to_limit(const char *path, size_t *least)
{
	char text[64];
	char *end;
	unsigned long long limit;

	read_start(path, text, sizeof(text));
	limit = strtoull(text, &end, 10);
	if (end != text && limit < *least)
		*least = (size_t)limit;
}

/* The group of this process and all above it. */
static void lower_to_group_limits(size_t *least)
{
	char groups[4096], path[4400];
	char *group;

	read_start("/proc/self/cgroup", groups, sizeof(groups));
	group = strstr(groups, "0::/");
	if (!group)
		return;
	group += strlen("0::");
	group[strcspn(group, "\n")] = '\0';
	for (char *slash; (slash = strrchr(group, '/')); *slash = '\0') {
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.max", group);
		lower_to_limit(path, least);
	}
	lower_to_limit("/sys/fs/cgroup/memory.max", least);
}

size_t memory_available(void)
{
	size_t least = read_field("/proc/meminfo", "MemAvailable:");

	if (least == 0)
		return 0;
	lower_to_group_limits(&least);
	lower_to_limit("/sys/fs/cgroup/memory/memory.limit_in_bytes", &least);
	return least;
}

long memory_kills(void)
{
	char text[VMSTAT_SIZE];
	const char *at;

	read_start("/proc/vmstat", text, sizeof(text));
	at = strstr(text, "\noom_kill ");
	return at ? strtol(at + strlen("\noom_kill "), NULL, 10) : -1;
}
