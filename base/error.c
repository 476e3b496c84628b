/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define X(name, exit_code, text) [ERR_##name] = {exit_code, text},
static const struct {
	int exit_status;
	const char *text;
} codes[ERR_COUNT] = {[ERR_NONE] = {0, "no error"}, ERROR_CODES(X)};
#undef X

static void append(char *text, size_t size, const char *more)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s", more);
}

static void fill(struct error *err, enum error_code code, const char *format, va_list args)
{
	err->code = code;
	vsnprintf(err->text, sizeof(err->text), format, args);
}

int error_set(struct error *err, enum error_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (err)
		fill(err, code, format, args);
	va_end(args);
	return -(int)code;
}

int error_set_errno(struct error *err, enum error_code code, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	if (err) {
		fill(err, code, format, args);
		append(err->text, sizeof(err->text), ": ");
		append(err->text, sizeof(err->text), strerror(saved));
	}
	va_end(args);
	return -(int)code;
}

int error_wrap(struct error *err, const char *format, ...)
{
	char context[sizeof(err->text)];
	va_list args;

	if (!err)
		return -(int)ERR_DATA;
	va_start(args, format);
	vsnprintf(context, sizeof(context), format, args);
	va_end(args);
	append(context, sizeof(context), ": ");
	append(context, sizeof(context), err->text);
	memcpy(err->text, context, sizeof(context));
	return -(int)err->code;
}

int error_exit_status(enum error_code code)
{
	return codes[code].exit_status;
}

const char *error_code_text(enum error_code code)
{
	return codes[code].text;
}
