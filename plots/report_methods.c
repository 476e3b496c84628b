/* SPDX-License-Identifier: MIT
 *
 * A paragraph on the method, to paste into a paper.  It says what these rows tell; what they do
 * not is left out.
 */
#include <math.h>
#include <stdlib.h>

#include "base/version.h"
#include "plots/figure_parts.h"
#include "plots/report_parts.h"

struct span {
	double low, high;
};

static struct span span_of(const struct study *study, size_t offset)
{
	struct span span = {HUGE_VAL, -HUGE_VAL};

	for (size_t i = 0; i < study->n_trials; i++) {
		double value = *(const double *)((const char *)&study->trials[i] + offset);

		span.low = fmin(span.low, value);
		span.high = fmax(span.high, value);
	}
	return span;
}

/* "4×10¹⁰ to 4×10¹¹" */
static void add_span(struct text *out, struct span span)
{
	text_add_number(out, span.low);
	if (span.high > span.low * (1 + 1e-9)) {
		text_add(out, " to ");
		text_add_number(out, span.high);
	}
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void add_arms(const struct study *study, struct text *out)
{
	text_add(out, study->n_arms > 1 ? "We compare " : "We study ");
	for (size_t a = 0; a < study->n_arms; a++)
		text_printf(out, "%s%s",
			    a == 0		    ? ""
			    : a + 1 < study->n_arms ? ", "
						    : " and ",
			    study->arms[a].name);
	text_printf(out, " over %zu training runs.", study->n_trials);
}

static void add_corpora(const struct store_protocol *protocol, struct text *out)
{
	if (protocol->n_corpora == 0)
		return;
	text_add(out, " Text: ");
	for (size_t i = 0; i < protocol->n_corpora; i++)
		text_printf(out, "%s%s (SHA-256 %.12s)", i ? ", " : "", protocol->corpora[i].name,
			    protocol->corpora[i].hash);
	if (protocol->val_tokens)
		text_printf(out,
			    "; %s tokens of it, chosen by document hash, were held out of every "
			    "run",
			    protocol->val_tokens);
	text_add(out, ". All arms, sizes and batch sizes read the same text in the same order.");
}

static void add_models(const struct report_input *input, struct text *out)
{
	const struct store_protocol *protocol = input->protocol;
	const struct study *study = input->study;

	if (!study->has_params)
		return;
	text_printf(out, " Models: %zu size%s%s%s, N = ", study->n_sizes, plural(study->n_sizes),
		    protocol && protocol->family ? " of family " : "",
		    protocol && protocol->family ? protocol->family : "");
	add_span(out, span_of(study, offsetof(struct study_trial, params)));
	text_add(out, " parameters");
	if (protocol && protocol->context)
		text_printf(out, ", context %s", protocol->context);
	text_add(out, ".");
}

static void add_budgets(const struct report_input *input, struct text *out)
{
	const struct study *study = input->study;
	struct span tokens = span_of(study, offsetof(struct study_trial, tokens));
	struct span batch = span_of(study, offsetof(struct study_trial, batch_tokens));
	struct span flops = span_of(study, offsetof(struct study_trial, flops));

	text_printf(out, " Budgets: %zu compute%s", study->n_budget_groups,
		    plural(study->n_budget_groups));
	if (isfinite(flops.low)) {
		text_add(out, ", C = ");
		add_span(out, flops);
	}
	text_add(out, " (");
	report_add_counting(input, out);
	text_add(out, ")");
	if (isfinite(tokens.low)) {
		text_add(out, ", D = ");
		add_span(out, tokens);
		text_add(out, " tokens");
	}
	if (isfinite(batch.low)) {
		text_add(out, ", batches of ");
		add_span(out, batch);
		text_add(out, " tokens");
	}
	text_add(out, ".");
	if (study->n_seeds > 0)
		text_printf(out, " Seeds: %zu.", study->n_seeds);
}

/* A share of the steps where it is below 1, else steps. */
static void add_phase(const char *name, const char *values, struct text *out)
{
	if (values)
		text_printf(out, ", %s %s %s", name, values,
			    strtod(values, NULL) < 1 ? "of the steps" : "steps");
}

static void add_schedule(const struct store_protocol *protocol, struct text *out)
{
	if (!protocol->schedule)
		return;
	text_printf(out, " Schedule: %s", protocol->schedule);
	add_phase("warm-up", protocol->warmup, out);
	add_phase("decay", protocol->decay, out);
	if (protocol->decay_shape)
		text_printf(out, " (%s)", protocol->decay_shape);
	if (protocol->grad_clip)
		text_printf(out, "; gradients clipped at norm %s", protocol->grad_clip);
	if (protocol->precision)
		text_printf(out, "; %s", protocol->precision);
	text_add(out, ".");
}

static void add_tuning(const struct report_input *input, struct text *out)
{
	const struct study *study = input->study;

	if (study->as_is)
		return;
	text_add(out, " Tuning:");
	for (size_t a = 0; a < study->n_arms; a++) {
		const struct study_arm *arm = &study->arms[a];
		struct report_arm_totals totals = report_arm_totals_of(input, a);

		text_printf(out, "%s %s %zu", a ? ";" : "", arm->name, arm->settings_min);
		if (arm->settings_max != arm->settings_min)
			text_printf(out, " to %zu", arm->settings_max);
		text_add(out, " settings a cell");
		if (totals.n_lrs > 1)
			text_printf(out, " (lr %.4g to %.4g)", totals.lr_low, totals.lr_high);
	}
	text_add(out,
		 ". A cell (arm, size, budget, batch) is worth the vertex of the parabola of "
		 "its loss in ln lr through its best setting and the neighbours, else the best "
		 "setting itself; ");
	text_add(out,
		 study->n_seeds > 1
			 ? "each seed's loss is quoted where the other seeds have their optimum."
			 : "with one seed, the bias of selecting the best is not removed.");
}

static void add_fitting(const struct report_input *input, struct text *out)
{
	const struct fit_options *options;

	if (!input->fit)
		return;
	options = &input->fit->options;
	text_add(out, " Fits: ends of schedules only; frontiers are the lowest loss at each "
		      "compute, fitted with L = E + k C^-p");
	if (options->loss_given)
		text_printf(out, " by %s", robust_name(options->robust.kind));
	text_add(out, ". The ratio is the compute that an arm needs for the loss of the baseline's "
		      "frontier, over the baseline's, with E shared by both and only where both "
		      "arms have observed that loss.");
	if (options->bootstrap > 0)
		text_printf(out,
			    " Intervals: 90 %%, of %d bootstrap replicates (seed %llu) drawn in "
			    "clusters within size and budget, the same draw for all arms; every "
			    "replicate repeats the selection and the fits%s.",
			    options->bootstrap, (unsigned long long)options->seed,
			    input->study->resampled
				    ? ""
				    : "; with nothing to draw, the noise is that of residuals");
}

static void add_identity(const struct report_input *input, struct text *out)
{
	text_printf(out, " Computed with muon-sweep %s", program_version);
	if (input->sha256[0])
		text_printf(out, " from rows with SHA-256 %.12s", input->sha256);
	text_add(out, ".\n");
}

void report_methods_text(const struct report_input *input, struct text *out)
{
	add_arms(input->study, out);
	if (input->protocol)
		add_corpora(input->protocol, out);
	add_models(input, out);
	add_budgets(input, out);
	if (input->protocol)
		add_schedule(input->protocol, out);
	add_tuning(input, out);
	add_fitting(input, out);
	add_identity(input, out);
}
