/* SPDX-License-Identifier: MIT
 *
 * Runs gnuplot.  No shell is involved, and no initialisation file of the user is read.
 */
#ifndef PLOTS_GNUPLOT_H
#define PLOTS_GNUPLOT_H

#include "base/error.h"
#include "base/text.h"

/* Adds to `picture` what gnuplot writes to its standard output when it reads `script`.
 * ERR_IO: gnuplot is missing (with the remedy), or failed (with its message). */
int gnuplot_run(const char *script, struct text *picture, struct error *err);

#endif
