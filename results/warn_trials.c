/* SPDX-License-Identifier: MIT
 *
 * What single trials are: short, repeating data, costly to orthogonalise, or of different kinds.
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/memory.h"
#include "results/warnings.h"

#define FEW_STEPS	   200
#define MUCH_NEWTON_SCHULZ 0.1
#define ONE_EPOCH	   (1 + 1e-6)
#define ALL_ARMS	   SIZE_MAX

void warn_few_steps(struct fit_report *report)
{
	const struct study *study = &report->study;
	const struct study_trial *shortest = NULL;
	char place[PLACE_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];

		if (!(trial->row->steps < FEW_STEPS))
			continue;
		n++;
		if (!shortest || trial->row->steps < shortest->row->steps)
			shortest = trial;
	}
	if (n > 0)
		text_printf(&report->warnings,
			    "%zu of %zu trials have under %d steps, so that warm-up and decay are "
			    "most of them: raise the budget or lower the batch (%s has %.0f at "
			    "%s)\n",
			    n, study->n_trials, FEW_STEPS, study->arms[shortest->arm].name,
			    shortest->row->steps,
			    place_text(place, shortest->params, shortest->flops));
}

void warn_multiplied_tokens(struct fit_report *report)
{
	const struct study *study = &report->study;

	if (study->n_multiplied > 0)
		text_printf(&report->warnings,
			    "%zu of %zu trials have no token count: D is steps x batch, which is "
			    "right only where the batch is in tokens\n",
			    study->n_multiplied, study->n_trials);
}

void warn_repeated_data(struct fit_report *report)
{
	const struct study *study = &report->study;
	double most = 0;
	size_t n = 0;

	for (size_t i = 0; i < study->n_trials; i++) {
		double epochs = study->trials[i].row->epochs;

		n += epochs > ONE_EPOCH;
		most = fmax(most, epochs);
	}
	if (n > 0)
		text_printf(&report->warnings,
			    "%zu of %zu trials repeat data (epochs above 1, up to %.3g): D counts "
			    "tokens that were seen before; take a larger corpus or --where "
			    "\"epochs <= 1\"\n",
			    n, study->n_trials, most);
}

/* The trial of an arm with the largest share of plain Newton-Schulz in the model's FLOPs. */
static const struct study_trial *costliest(const struct study *study, size_t arm, double *share)
{
	const struct study_trial *found = NULL;

	*share = 0;
	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];
		double part = trial->row->flops_optimizer_plain / trial->flops;

		if (trial->arm == arm && part > *share) {
			*share = part;
			found = trial;
		}
	}
	return found;
}

void warn_newton_schulz(struct fit_report *report)
{
	for (size_t a = 0; a < report->study.n_arms; a++) {
		double share;
		const struct study_trial *trial = costliest(&report->study, a, &share);
		char place[PLACE_SIZE];

		if (share > MUCH_NEWTON_SCHULZ)
			text_printf(
				&report->warnings,
				"%s: plain Newton-Schulz costs up to %.0f %% of the model's FLOPs "
				"(%s, batch %.0f): which FLOPs are counted decides; quote both, or "
				"take a larger batch\n",
				report->study.arms[a].name, 100 * share,
				place_text(place, trial->params, trial->flops),
				trial->batch_tokens);
	}
}

/* The first two different values of a text column in an arm; false: all that have one agree. */
static bool find_mixed(const struct study *study, size_t offset, size_t arm, const char *values[2])
{
	values[0] = NULL;
	for (size_t i = 0; i < study->n_trials; i++) {
		const char *row = (const char *)study->trials[i].row;

		if (arm != ALL_ARMS && study->trials[i].arm != arm)
			continue;
		values[1] = *(const char *const *)(row + offset);
		if (values[0] && values[1] && strcmp(values[0], values[1]) != 0)
			return true;
		values[0] = values[1] ? values[1] : values[0];
	}
	return false;
}

/* What should be one in a fit, but does not make a cell. */
void warn_mixed(struct fit_report *report)
{
	static const struct {
		const char *name;
		size_t offset;
	} columns[] = {
		{"corpus", offsetof(struct observation, corpus)},
		{"precision", offsetof(struct observation, precision)},
		{"backend", offsetof(struct observation, backend)},
		{"host", offsetof(struct observation, host)},
		{"blas", offsetof(struct observation, blas)},
		{"version", offsetof(struct observation, version)},
	};
	const char *values[2];

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (find_mixed(&report->study, columns[i].offset, ALL_ARMS, values))
			text_printf(&report->warnings,
				    "trials differ in %s ('%s', '%s'): --where \"%s = "
				    "'...'\" picks one\n",
				    columns[i].name, values[0], values[1], columns[i].name);
}

/* Schedules make cells of their own, of which a frontier knows only the lowest. */
void warn_schedules(struct fit_report *report)
{
	const char *values[2];

	for (size_t a = 0; a < report->study.n_arms; a++)
		if (find_mixed(&report->study, offsetof(struct observation, schedule), a, values))
			text_printf(&report->warnings,
				    "%s: schedules differ ('%s', '%s'), and its frontier is the "
				    "lowest of them: --group-by label,schedule keeps them apart\n",
				    report->study.arms[a].name, values[0], values[1]);
}
