/* SPDX-License-Identifier: MIT
 *
 * How a fit report is shown: tables for people, one JSON object for programs.
 */
#ifndef CMD_FIT_OUTPUT_H
#define CMD_FIT_OUTPUT_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"
#include "results/fit.h"

/* Adds the whole report as tables of at most 100 columns; `color`: with escape sequences. */
void fit_add_tables(const struct fit_report *report, bool color, struct text *out);

/* Adds the object {"laws", "efficiency", "frontier", "dropped", ...}; `n_csv_dropped`: rows that
 * the reader of a CSV left out. */
void fit_add_json(const struct fit_report *report, size_t n_csv_dropped, struct text *out);

/* Adds one law of it, as it stands in that object. */
void fit_add_law_json(const struct fit_law *law, struct text *out);

/* Of a report with options.holdout; else add nothing. */
void fit_add_backtest(const struct fit_report *report, bool color, struct text *out);
void fit_put_backtest(struct json *j, const struct fit_report *report);

/* "1.2 % (3 points)", the held-out error of a law; "-" where there is none. */
const char *fit_holdout_text(char buffer[64], const struct fit_law *law);

/* What the files fit_json*.c share: an interval, each line as one string. */
void fit_put_interval(struct json *j, const char *name, const struct interval *interval);
/* Of both kinds. */
void fit_put_both(struct json *j, const struct intervals *intervals);
void fit_put_lines(struct json *j, const char *name, const struct text *lines);

/* The members "efficiency", "trends" and "specifications". */
void fit_put_efficiency(struct json *j, const struct fit_report *report);

#endif
