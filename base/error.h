/* SPDX-License-Identifier: MIT
 *
 * Errors: a function that can fail returns 0 or a negative error code and takes a
 * struct error * as its last argument, which receives the code and one line of text.
 *
 * The text is written once, where the cause is known; callers only add context with
 * error_wrap().  Messages are lower case, have no full stop, put the subject in quotes
 * and, where there is one, end with the remedy:
 *
 *     tiny.yaml:7:3: unknown key 'wdith'; did you mean 'width'?
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/* X(name, exit code of the program, text) */
#define ERROR_CODES(X)                                                                             \
	X(USAGE, 2, "wrong usage or specification")                                                \
	X(DATA, 1, "bad data")                                                                     \
	X(IO, 1, "input or output failed")                                                         \
	X(NOMEM, 1, "out of memory")                                                               \
	X(STORE, 1, "the store cannot be used")                                                    \
	X(DEVICE, 1, "the backend failed")                                                         \
	X(DIVERGED, 3, "training diverged")                                                        \
	X(FIT, 1, "the law cannot be fitted")                                                      \
	X(STOPPED, 4, "stopped on request")                                                        \
	X(TAKEN, 1, "another process took it over")

enum error_code {
	ERR_NONE = 0,
#define X(name, exit_code, text) ERR_##name,
	ERROR_CODES(X)
#undef X
	ERR_COUNT
};

struct error {
	enum error_code code;
	char text[1024];
};

#define ERROR_INIT                                                                                 \
	{                                                                                          \
		ERR_NONE, ""                                                                       \
	}

/* Sets code and text; returns -code, so that `return error_set(...)` reads well.
 * err may be NULL: then only the code is returned. */
int error_set(struct error *err, enum error_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Like error_set(), with ": " and the text of errno at the end. */
int error_set_errno(struct error *err, enum error_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text that is there; returns -err->code. */
int error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The program's exit status for a code; 0 for ERR_NONE. */
int error_exit_status(enum error_code code);

/* The general text of a code, for instance "out of memory". */
const char *error_code_text(enum error_code code);

#endif
