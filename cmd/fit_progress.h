/* SPDX-License-Identifier: MIT
 *
 * One line on a terminal's stderr while a fit takes longer than a second.
 */
#ifndef CMD_FIT_PROGRESS_H
#define CMD_FIT_PROGRESS_H

#include <stdbool.h>

#include "results/fit.h"

struct fit_progress {
	double started_s, drawn_s; /* drawn_s 0: nothing was */
	bool terminal;
};

/* Hooks it into the options; it must outlive the fit. */
void fit_progress_start(struct fit_progress *progress, struct fit_options *options);

/* Wipes the line. */
void fit_progress_end(struct fit_progress *progress);

#endif
