/* SPDX-License-Identifier: MIT
 *
 * For fixed exponents L is linear in E, A and B: least squares with positive unknowns over a grid
 * of exponents gives the starts (variable projection), one from each block of the grid.  Arms
 * start from common amplitudes and part in the polish.
 *
 * theta: ln E, alpha, beta, then ln A and ln B of each arm at the mean ln N and ln D.
 */
#include "results/surface.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/linalg.h"
#include "base/memory.h"
#include "results/power_sum.h"

enum { E, ALPHA, BETA, N_SHARED }; /* of theta */
#define LN_A(arm) ((int)(N_SHARED + 2 * (arm)))
#define LN_B(arm) (LN_A(arm) + 1)

#define GRID	      24 /* exponents tried for N, and for D */
#define BLOCK	      4
#define BLOCKS	      (GRID / BLOCK)
#define N_STARTS      (BLOCKS * BLOCKS)
#define MAX_THETA     (N_SHARED + 2 * LAW_MAX_ARMS)
#define EXPONENT_LOW  0.03
#define EXPONENT_HIGH 2.0
#define TERM_LEAST    1e-2 /* of a loss, in starts */
#define E_LEAST	      1e-3 /* relative to a loss: below, E is at 0 */

struct centre { /* mean logarithms */
	double params, tokens;
};

static double params_of(const struct law_point *point)
{
	return point->params;
}

static double tokens_of(const struct law_point *point)
{
	return point->tokens;
}

static double ratio_of(const struct law_point *point)
{
	return point->tokens / point->params;
}

static double product_of(const struct law_point *point)
{
	return point->tokens * point->params;
}

static struct centre centre_of(const struct law_data *data)
{
	return (struct centre){power_sum_centre(data, params_of),
			       power_sum_centre(data, tokens_of)};
}

static void build(const struct law_data *data, const struct robust *robust,
		  const struct centre *centre, struct power_sum *sum)
{
	assert(data->n_arms > 0 && data->n_arms <= LAW_MAX_ARMS);
	power_sum_init(sum, data->n, robust);
	sum->n_terms = 3;
	sum->n_parameters = N_SHARED + 2 * data->n_arms;
	for (size_t i = 0; i < data->n; i++) {
		const struct law_point *from = &data->points[i];
		struct power_point *point = &sum->points[i];
		size_t arm = data->n_arms > 1 ? from->arm : 0;
		double x = log(from->params) - centre->params;
		double y = log(from->tokens) - centre->tokens;

		point->terms[0] = (struct power_term){E, POWER_SUM_CONSTANT, 0};
		point->terms[1] = (struct power_term){LN_A(arm), ALPHA, x};
		point->terms[2] = (struct power_term){LN_B(arm), BETA, y};
		power_point_set(point, from->loss, data->weight ? data->weight[i] : 1);
	}
}

static double grid_exponent(size_t i)
{
	return EXPONENT_LOW * pow(EXPONENT_HIGH / EXPONENT_LOW, (double)i / (GRID - 1));
}

/* powers[i * GRID + g] = exp(-exponent_g x_i) of one term. */
static double *grid_powers(const struct power_sum *sum, size_t term)
{
	double *powers = xmalloc(sum->n * GRID * sizeof(*powers));

	for (size_t i = 0; i < sum->n; i++)
		for (size_t g = 0; g < GRID; g++)
			powers[i * GRID + g] =
				exp(-grid_exponent(g) * sum->points[i].terms[term].x);
	return powers;
}

/* Relative least squares of E + A u + B v at one pair of exponents; returns its value. */
static double project(const struct power_sum *sum, const double *u, const double *v,
		      double amplitudes[3])
{
	double gram[9] = {0}, right[3] = {0}, total = 0;

	for (size_t i = 0; i < sum->n; i++) {
		double loss = sum->points[i].loss, weight = sum->points[i].weight;
		double row[] = {1 / loss, u[i * GRID] / loss, v[i * GRID] / loss};

		for (size_t a = 0; a < 3; a++) {
			right[a] += weight * row[a];
			for (size_t b = 0; b < 3; b++)
				gram[a * 3 + b] += weight * row[a] * row[b];
		}
		total += 0.5 * weight;
	}
	return total + nonnegative_minimum(gram, right, amplitudes, 3);
}

/* A start for all arms alike. */
static void set_start(const struct power_sum *sum, const double amplitudes[3], double alpha,
		      double beta, double *start)
{
	double least = TERM_LEAST * sum->points[0].loss;

	start[E] = log(fmax(amplitudes[0], least));
	start[ALPHA] = alpha;
	start[BETA] = beta;
	for (size_t k = N_SHARED; k < sum->n_parameters; k++)
		start[k] = log(fmax(amplitudes[1 + (k - N_SHARED) % 2], least));
}

static void make_starts(const struct power_sum *sum, double *starts)
{
	double *u = grid_powers(sum, 1), *v = grid_powers(sum, 2), best[N_STARTS];

	for (size_t s = 0; s < N_STARTS; s++)
		best[s] = HUGE_VAL;
	for (size_t i = 0; i < GRID; i++)
		for (size_t j = 0; j < GRID; j++) {
			size_t s = i / BLOCK * BLOCKS + j / BLOCK;
			double amplitudes[3], value = project(sum, &u[i], &v[j], amplitudes);

			if (value >= best[s])
				continue;
			best[s] = value;
			set_start(sum, amplitudes, grid_exponent(i), grid_exponent(j),
				  &starts[s * sum->n_parameters]);
		}
	free(u);
	free(v);
}

/* theta of a surface; amplitudes at the centre are at least `ln_least`. */
static void theta_of(const struct surface *surface, const struct centre *centre, size_t n_arms,
		     double ln_least, double *theta)
{
	theta[E] = fmax(power_sum_log_amplitude(surface->E), ln_least);
	theta[ALPHA] = surface->alpha;
	theta[BETA] = surface->beta;
	for (size_t k = 0; k < n_arms; k++) {
		theta[LN_A(k)] = fmax(surface->ln_A[k] - surface->alpha * centre->params, ln_least);
		theta[LN_B(k)] = fmax(surface->ln_B[k] - surface->beta * centre->tokens, ln_least);
	}
}

static void surface_of(const double *theta, const struct centre *centre, size_t n_arms,
		       struct surface *surface)
{
	*surface = (struct surface){
		.E = power_sum_amplitude(theta[E]), .alpha = theta[ALPHA], .beta = theta[BETA]};
	for (size_t k = 0; k < n_arms; k++) {
		surface->ln_A[k] = theta[LN_A(k)] + theta[ALPHA] * centre->params;
		surface->ln_B[k] = theta[LN_B(k)] + theta[BETA] * centre->tokens;
	}
}

void surface_fit(const struct law_data *data, const struct robust *robust,
		 const struct surface *warm, struct surface *fitted, struct law_fit *fit)
{
	double starts[N_STARTS * MAX_THETA], theta[MAX_THETA];
	struct centre centre = centre_of(data);
	struct power_sum sum;

	build(data, robust, &centre, &sum);
	if (warm) /* a term of 0 would take many steps to return */
		theta_of(warm, &centre, data->n_arms, log(TERM_LEAST * data->points[0].loss),
			 starts);
	else
		make_starts(&sum, starts);
	power_sum_best(&sum, starts, warm ? 1 : N_STARTS, theta, fit);
	power_sum_release(&sum);
	surface_of(theta, &centre, data->n_arms, fitted);
}

void surface_evaluate(const struct law_data *data, const struct robust *robust,
		      const struct surface *surface, struct law_fit *fit)
{
	struct centre centre = centre_of(data);
	double theta[MAX_THETA];
	struct power_sum sum;

	build(data, robust, &centre, &sum);
	theta_of(surface, &centre, data->n_arms, power_sum_log_amplitude(0), theta);
	power_sum_evaluate(&sum, theta, fit);
	power_sum_release(&sum);
}

static bool exponent_outside(const struct surface *surface)
{
	return !(surface->alpha > 0 && surface->beta > 0 && surface->alpha <= EXPONENT_HIGH &&
		 surface->beta <= EXPONENT_HIGH);
}

static bool no_floor(const struct law_data *data, const struct surface *surface)
{
	return surface->E < E_LEAST * data->points[0].loss;
}

bool surface_at_bound(const struct law_data *data, const struct surface *surface)
{
	return exponent_outside(surface) || no_floor(data, surface);
}

static void check_design(const struct law_data *data, struct text *warnings)
{
	size_t sizes = law_distinct(data, params_of), durations = law_distinct(data, tokens_of);

	if (sizes < 3)
		text_printf(warnings, "%zu model size%s: E, A and alpha need at least 3\n", sizes,
			    sizes == 1 ? "" : "s");
	if (durations < 3)
		text_printf(warnings, "%zu token count%s: B and beta need at least 3\n", durations,
			    durations == 1 ? "" : "s");
	if (sizes > 1 && law_distinct(data, ratio_of) == 1)
		text_add(warnings,
			 "tokens per parameter are the same everywhere: the terms of N and "
			 "D cannot be told apart\n");
	if (sizes > 1 && law_distinct(data, product_of) == 1)
		text_add(warnings,
			 "one compute budget: N and D never vary apart, and the parameters "
			 "mean little\n");
}

void surface_check(const struct law *law, const struct law_data *data,
		   const struct surface *surface, const struct law_fit *fit, struct text *warnings)
{
	law_check_common(law, fit, warnings);
	check_design(data, warnings);
	if (exponent_outside(surface))
		text_add(warnings, "an exponent is outside (0, 2]: no scaling law\n");
	if (no_floor(data, surface))
		text_add(warnings,
			 "E is at 0: these points do not show where the loss levels off\n");
}
