/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plots/report_parts.h"

struct report_quote report_quote_of(const struct efficiency *pair)
{
	for (int method = 0; method < EFFICIENCY_N_METHODS; method++)
		for (size_t i = pair->n_rows; i > 0; i--)
			if (isfinite(pair->rows[i - 1].ratio[method]))
				return (struct report_quote){&pair->rows[i - 1],
							     (enum efficiency_method)method};
	return (struct report_quote){NULL, EFFICIENCY_PRIMARY};
}

const char *report_with_interval(char buffer[64], double value, const struct interval *interval,
				 int digits)
{
	if (isnan(value))
		snprintf(buffer, 64, "–");
	else if (isnan(interval->low))
		snprintf(buffer, 64, "%.*g", digits, value);
	else
		snprintf(buffer, 64, "%.*g [%.*g, %.*g]", digits, value, digits, interval->low,
			 digits, interval->high);
	return buffer;
}

static size_t count_lines(const struct text *lines)
{
	size_t n = 0;

	for (const char *at = text_string(lines); *at; at++)
		n += *at == '\n';
	return n;
}

size_t report_count_warnings(const struct report_input *input)
{
	const struct fit_report *fit = input->fit;
	size_t n;

	if (!fit)
		return 0;
	n = count_lines(&fit->warnings) + count_lines(&fit->refused);
	for (size_t i = 0; i < fit->n_pairs; i++)
		n += count_lines(&fit->pairs[i].warnings);
	for (size_t i = 0; i < fit->n_laws; i++)
		n += count_lines(&fit->laws[i].warnings);
	return n;
}

void report_add_counting(const struct report_input *input, struct text *out)
{
	const struct study *study = input->study;

	text_printf(out, "model FLOPs, %s (%s), the optimizer's %s",
		    count_flops_name(study->counted), count_flops_meaning(study->counted),
		    study->count_optimizer ? "added" : "left out");
}

/* A sum over trials of which none is unknown. */
static double sum_of(const struct study *study, size_t arm, size_t offset)
{
	double sum = 0;

	for (size_t i = 0; i < study->n_trials; i++)
		if (study->trials[i].arm == arm)
			sum += *(const double *)((const char *)study->trials[i].row + offset);
	return sum;
}

/* The first trial of the arm with this lr. */
static bool is_new_lr(const struct study *study, size_t trial)
{
	for (size_t i = 0; i < trial; i++)
		if (study->trials[i].arm == study->trials[trial].arm &&
		    study->trials[i].lr == study->trials[trial].lr)
			return false;
	return isfinite(study->trials[trial].lr);
}

struct report_arm_totals report_arm_totals_of(const struct study *study, size_t arm)
{
	struct report_arm_totals totals = {.lr_low = HUGE_VAL, .lr_high = -HUGE_VAL};

	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];

		if (trial->arm != arm)
			continue;
		totals.n_trials++;
		totals.n_lrs += is_new_lr(study, i);
		totals.lr_low = fmin(totals.lr_low, trial->lr);
		totals.lr_high = fmax(totals.lr_high, trial->lr);
		if (trial->row->tuned)
			totals.tuned = trial->row->tuned;
	}
	totals.flops = sum_of(study, arm, offsetof(struct observation, flops));
	totals.flops_optimizer = sum_of(study, arm, offsetof(struct observation, flops_optimizer));
	totals.seconds = sum_of(study, arm, offsetof(struct observation, seconds));
	return totals;
}
