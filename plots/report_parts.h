/* SPDX-License-Identifier: MIT
 *
 * The sections of the report, private to the files report*.c.  Each adds what it knows; where
 * there is nothing to tell, it says why.
 */
#ifndef PLOTS_REPORT_PARTS_H
#define PLOTS_REPORT_PARTS_H

#include "plots/report.h"

void report_add_headline(const struct report_input *input, struct text *out);
void report_add_warnings(const struct report_input *input, struct text *out);
void report_add_figures(const struct report_input *input, struct text *out);
void report_add_laws(const struct report_input *input, struct text *out);
void report_add_protocol(const struct report_input *input, struct text *out);
void report_add_trials(const struct report_input *input, struct text *out);
void report_add_provenance(const struct report_input *input, struct text *out);

/* --- words that sections share (report_words.c) --- */

/* The row of a pair that is quoted: the last that has a ratio where both arms have observed the
 * loss, and by which method. */
struct report_quote {
	const struct efficiency_row *row; /* NULL: no row has a ratio */
	enum efficiency_method method;
};
struct report_quote report_quote_of(const struct efficiency *pair);

/* "0.745 [0.595, 0.958]", without the interval where there is none. */
const char *report_with_interval(char buffer[64], double value, const struct interval *interval,
				 int digits);

/* Warnings of every kind. */
size_t report_count_warnings(const struct report_input *input);

/* "model FLOPs, exact (as counted), the optimizer's left out". */
void report_add_counting(const struct report_input *input, struct text *out);

/* Plain text: a paragraph on the method, with its numbers. */
void report_methods_text(const struct report_input *input, struct text *out);

/* LaTeX tables (booktabs): ratios by meaning; what each arm was given. */
void report_ratios_latex(const struct report_input *input, struct text *out);
void report_ledger_latex(const struct report_input *input, struct text *out);

/* Ends and diverged trials; a CSV also has points of curves. */
bool report_is_trial(const struct observation *row);
size_t report_count_trials(const struct report_input *input);

/* What an arm was given and used; diverged trials count in what was used. */
struct report_arm_totals {
	size_t n_trials, n_lrs;
	double lr_low, lr_high;
	double flops, flops_optimizer, seconds; /* NAN: not known */
	const char *tuned;
};
struct report_arm_totals report_arm_totals_of(const struct report_input *input, size_t arm);

#endif
