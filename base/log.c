/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static enum log_level level = LOG_INFO;
static void (*hook_before)(void);
static void (*hook_after)(void);

void log_set_level(enum log_level new_level)
{
	level = new_level;
}

enum log_level log_level(void)
{
	return level;
}

void log_set_hooks(void (*before)(void), void (*after)(void))
{
	hook_before = before;
	hook_after = after;
}

static void print_line(const char *prefix, const char *format, va_list args)
{
	if (hook_before)
		hook_before();
	fprintf(stderr, LOG_NAME "%s", prefix);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	if (hook_after)
		hook_after();
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("", format, args);
	va_end(args);
}

void log_warn(const char *format, ...)
{
	va_list args;

	if (level < LOG_WARN)
		return;
	va_start(args, format);
	print_line(LOG_WARNING, format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	if (level < LOG_INFO)
		return;
	va_start(args, format);
	print_line("", format, args);
	va_end(args);
}
