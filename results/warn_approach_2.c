/* SPDX-License-Identifier: MIT
 *
 * The bias of approach 2 on the grid of this study: parabolas in ln N are wrong where a valley is
 * not symmetric, the more so the further the grid lies off its bottom.  The fitted chinchilla
 * surface is put on the same points without noise, and isoflop is fitted to it:
 *
 *     N*(C) = G (C / kappa)^a,  a = beta / (alpha + beta),  G = (alpha A / beta B)^(1 / (alpha +
 * beta))
 *
 * (Hoffmann et al. 2022, equation 4, with kappa = C / (N D) of the points in place of 6).
 */
#include <math.h>
#include <string.h>

#include "results/fit_passes.h"
#include "results/warnings.h"

#define FAR_OFF	 0.1	   /* of N* */
#define FURTHER	 10	   /* times the largest compute */
#define INTERVAL (1.0 / 3) /* share of an interval that a bias may have */

struct optimum_law {
	double a, coefficient; /* N* = coefficient C^a */
};

static double parameter(const struct fit_law *law, const double *parameters, const char *name)
{
	for (size_t k = 0; k < law->n_parameters; k++)
		if (strcmp(law->names[k], name) == 0)
			return parameters[k];
	return (double)NAN;
}

static struct optimum_law truth_of(const struct fit_law *surface, double kappa)
{
	const double *p = surface->fit.parameters;
	double alpha = parameter(surface, p, "alpha"), beta = parameter(surface, p, "beta");
	double G = pow(alpha * parameter(surface, p, "A") / (beta * parameter(surface, p, "B")),
		       1 / (alpha + beta));
	double a = beta / (alpha + beta);

	return (struct optimum_law){a, G * pow(kappa, -a)};
}

static double mean_kappa(const struct sample *sample)
{
	double total = 0;

	for (size_t i = 0; i < sample->data.n; i++) {
		const struct law_point *point = &sample->points[i];

		total += log(point->flops / (point->params * point->tokens));
	}
	return exp(total / (double)sample->data.n);
}

/* What isoflop makes of the surface on its own points, with D = C / (kappa N). */
static bool simulate(const struct fit_report *report, const struct fit_law *isoflop,
		     const struct fit_law *surface, struct optimum_law *truth,
		     struct optimum_law *found)
{
	struct robust robust = fit_robust(&report->options, isoflop->law);
	struct law_fit fit;
	struct sample sample;
	double kappa;
	bool fitted;

	fit_law_sample(report, isoflop, report->points, &sample);
	kappa = mean_kappa(&sample);
	for (size_t i = 0; i < sample.data.n; i++) {
		struct law_point *point = &sample.points[i];

		point->tokens = point->flops / (kappa * point->params);
		point->loss = surface->law->predict(surface->fit.parameters, point);
	}
	fitted = isoflop->law->fit(&sample.data, &robust, NULL, &fit, NULL) == 0;
	sample_release(&sample);
	*truth = truth_of(surface, kappa);
	if (fitted)
		*found = (struct optimum_law){parameter(isoflop, fit.parameters, "a"),
					      parameter(isoflop, fit.parameters, "N_coefficient")};
	return fitted && isfinite(found->a) && isfinite(truth->coefficient);
}

static double off_at(const struct optimum_law *truth, const struct optimum_law *found, double flops)
{
	return found->coefficient / truth->coefficient * pow(flops, found->a - truth->a) - 1;
}

static void warn_bias(const struct fit_report *report, struct fit_law *isoflop,
		      const struct fit_law *surface)
{
	const struct interval *interval = NULL;
	struct optimum_law truth, found;
	double here, beyond, off;
	bool wide;

	for (size_t k = 0; k < isoflop->n_parameters; k++)
		if (strcmp(isoflop->names[k], "a") == 0)
			interval = &isoflop->interval[k];
	if (!interval || !simulate(report, isoflop, surface, &truth, &found))
		return;
	off = found.a - truth.a;
	here = off_at(&truth, &found, isoflop->flops_high);
	beyond = off_at(&truth, &found, FURTHER * isoflop->flops_high);
	wide = fabs(off) > INTERVAL * (interval->high - interval->low);
	if (wide || fabs(here) > FAR_OFF || fabs(beyond) > FAR_OFF)
		text_printf(&isoflop->warnings,
			    "approach 2 on this grid: a is off by %+.3f, N* at %.3g FLOPs by %+.0f "
			    "%% and at %.3g by %+.0f %% (the fitted chinchilla surface on the same "
			    "points): trust chinchilla, or centre the sizes on the optima\n",
			    off, isoflop->flops_high, 100 * here, FURTHER * isoflop->flops_high,
			    100 * beyond);
}

void warn_approach_2(struct fit_report *report)
{
	for (size_t i = 0; i < report->n_laws; i++) {
		struct fit_law *isoflop = &report->laws[i];
		const struct fit_law *surface;

		if (strcmp(isoflop->law->name, "isoflop") != 0)
			continue;
		surface = fit_report_law(report, law_chinchilla.name, isoflop->arms[0]);
		if (surface && !law_fit_singular(&surface->fit))
			warn_bias(report, isoflop, surface);
	}
}
