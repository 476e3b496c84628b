/* SPDX-License-Identifier: MIT
 *
 * Lines of the console.  Every number has a place of fixed width, so that nothing jumps.
 */
#ifndef CMD_PROGRESS_LINE_H
#define CMD_PROGRESS_LINE_H

#include "cmd/outlook.h"

/* How wide the parts of a line are, in cells. */
struct progress_columns {
	size_t bar, title, steps; /* the bar without its brackets */
	bool rate;		  /* whether there is room for tokens per second */
};

struct progress_columns progress_columns(size_t terminal, size_t longest_title, size_t step_digits);

/* Append one line each. */
void progress_add_trial(struct text *line, const struct progress_columns *columns,
			const struct pool_slot *slot, const struct outlook_slot *outlook);
void progress_add_sweep(struct text *line, const struct progress_columns *columns,
			const struct outlook *outlook);

/* "0:07", "12:34", "1:02:03", "3 d 04 h"; "--:--" where it is not known. */
char *format_countdown(char buffer[SHORT_TEXT], double seconds);

#endif
