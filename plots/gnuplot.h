/* SPDX-License-Identifier: MIT
 *
 * Runs gnuplot.  No shell is involved, and no initialisation file of the user is read.
 */
#ifndef PLOTS_GNUPLOT_H
#define PLOTS_GNUPLOT_H

#include "base/error.h"
#include "base/text.h"
#include "plots/chart.h"
#include "plots/gnuplot_script.h"

/* Adds to `picture` what gnuplot writes to its standard output when it reads `script`.
 * ERR_IO: gnuplot is missing (with the remedy), or failed (with its message). */
int gnuplot_run(const char *script, struct text *picture, struct error *err);

/* The picture of a chart. */
int gnuplot_draw(const struct chart *chart, const struct gnuplot_target *target,
		 struct text *picture, struct error *err);

/* Writes the numbers into `data` and the script, which draws into `output`, into `data`.gp.
 * gnuplot is not needed.  ERR_IO. */
int gnuplot_save(const struct chart *chart, const struct gnuplot_target *target, const char *data,
		 const char *output, struct error *err);

#endif
