/* SPDX-License-Identifier: MIT
 *
 * Chatter goes to stderr, one line a call, with "muon-sweep: " before it; results never
 * pass here.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/* What each line begins with, and what follows it in a warning. */
#define LOG_NAME    "muon-sweep: "
#define LOG_WARNING "warning: "

enum log_level { LOG_QUIET, LOG_WARN, LOG_INFO };

void log_set_level(enum log_level level);
enum log_level log_level(void);

/* Called before and after each line, so that a progress display can step aside; NULL: none. */
void log_set_hooks(void (*before)(void), void (*after)(void));

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2))); /* always */
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));  /* "warning: " */
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
