/* SPDX-License-Identifier: MIT
 *
 * Text: a growing string, numbers as users write them, and suggestions for misspelt names.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing string, always terminated once something was added.
 * Zero-initialised is empty and ready; `data` is NULL until then. */
struct text {
	char *data;
	size_t length, capacity;
};

void text_release(struct text *text);
void text_clear(struct text *text); /* empty again, memory kept */
void text_add(struct text *text, const char *more);
void text_add_bytes(struct text *text, const void *bytes, size_t size);
void text_add_char(struct text *text, char c);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *text_string(const struct text *text); /* never NULL */

/* Adds words as lines of at most `width` and a newline.  The first line has `at` columns already;
 * the others start in `column`.  A longer word has a line of its own. */
void text_add_wrapped(struct text *text, const char *words, size_t at, size_t column, size_t width);

/* Numbers as sweep files and flags write them: "4e3", "1e12", "128k", "2^18", "1.5M".
 * k, M and G are powers of 1024.  The whole text must be used.  Return false, and leave
 * the result alone, on anything else, on overflow and on "nan" (inf is read). */
bool parse_real(const char *text, double *value);
bool parse_integer(const char *text, int64_t *value);
bool parse_bool(const char *text, bool *value); /* true false yes no on off */

/* Short forms for people.  Each writes into `buffer` and returns it. */
#define SHORT_TEXT 32
char *format_si(char buffer[SHORT_TEXT], double value);		/* 1.23M, 4.00e+11 above P */
char *format_duration(char buffer[SHORT_TEXT], double seconds); /* 45 s, 3 min 20 s, 2 h 05 min */
char *format_bytes(char buffer[SHORT_TEXT], double bytes);	/* 1.5 MiB */

/* Levenshtein distance, case-insensitive, transposition counts one. */
size_t edit_distance(const char *a, const char *b);

/* Remembers the name nearest to `word` among those offered one by one. */
struct suggestion {
	const char *word;
	const char *best;
	size_t distance;
};

void suggestion_start(struct suggestion *s, const char *word);
void suggestion_offer(struct suggestion *s, const char *name);
/* "; did you mean 'x'?" in a buffer, or "" where nothing is near. */
const char *suggestion_text(const struct suggestion *s, char *buffer, size_t size);

bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);

#endif
