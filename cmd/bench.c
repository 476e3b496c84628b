/* SPDX-License-Identifier: MIT
 *
 * A runner is a case with all that is measured of it.  Those that were asked for come first; behind
 * them are those that only stand beside them for a ratio.
 */
#include "cmd/bench.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cmd/bench_orthogonal.h"
#include "cmd/bench_products.h"
#include "cmd/bench_subject.h"

#define MIN_ROUNDS  3
#define MAX_ROUNDS  1000
#define ROUND_S	    0.1	 /* at least this much training in a round */
#define SGEMM_SHARE 0.05 /* of the training's time, before and after it each */
#define PLAIN_SHARE 0.2	 /* of the training's time, for orthogonalisation alone */
#define MAX_RUNNERS 8

const char *const bench_phase_names[N_PHASES] = {"forward", "backward", "optimizer", "other"};

enum measure {
	SGEMM_GFLOPS,
	TOKENS_PER_SECOND,
	SGEMM_FRACTION,
	BOUND_FRACTION,
	OPTIMIZER_SHARE,
	OVER_FP32,
	OVER_ONE_THREAD,
	OVER_PLAIN,
	FIRST_PHASE,
	N_MEASURES = FIRST_PHASE + N_PHASES
};

struct runner {
	struct bench_case what;
	struct bench_subject subject;
	struct bench_products *products;
	struct bench_orthogonal *orthogonal; /* NULL: the optimizer does not orthogonalise */
	struct runner *fp32, *one_thread;    /* itself where it is that */
	double (*rounds)[MAX_ROUNDS];	     /* (N_MEASURES, MAX_ROUNDS) */
};

struct runners {
	struct runner list[MAX_RUNNERS];
	size_t n, n_asked;
};

/* --- who runs --- */

static struct runner *find_or_add(struct runners *all, const struct bench_case *what)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct backend_options *use = &all->list[i].what.use;

		if (use->threads == what->use.threads && use->precision == what->use.precision)
			return &all->list[i];
	}
	assert(all->n < MAX_RUNNERS);
	all->list[all->n].what = *what;
	return &all->list[all->n++];
}

static void add_companions(struct runners *all, struct runner *r)
{
	struct bench_case what = r->what;

	what.use.precision = PRECISION_FP32;
	r->fp32 = find_or_add(all, &what);
	what = r->what;
	what.use.threads = 1;
	r->one_thread = find_or_add(all, &what);
}

static bool orthogonalises(const struct bench_subject *s)
{
	const struct param_list *params = model_params(s->stepper.model);

	return s->plan.optimizer
		       ->flops(s->plan.optimizer_options, params->items, params->n, PRECISION_FP32)
		       .plain > 0;
}

static int runner_open(struct runner *r, struct error *err)
{
	const struct bench_config *config = r->what.config;
	int result = bench_subject_open(&r->subject, &r->what, err);

	r->rounds = xcalloc(N_MEASURES, sizeof(*r->rounds));
	if (!result)
		result = bench_products_new(&r->products, config, r->subject.backend, err);
	if (!result && orthogonalises(&r->subject))
		result = bench_orthogonal_new(&r->orthogonal, config, r->subject.backend, err);
	if (!result)
		bench_products_step(r->products);
	return result;
}

static void runner_close(struct runner *r)
{
	bench_orthogonal_free(r->orthogonal);
	bench_products_free(r->products);
	bench_subject_close(&r->subject);
	free(r->rounds);
}

/* --- a round --- */

static double run_products(struct runner *r, int n)
{
	double start = clock_s();

	for (int i = 0; i < n; i++)
		bench_products_step(r->products);
	return clock_s() - start;
}

static struct step_seconds seconds_since(const struct bench_subject *s,
					 const struct step_seconds *before)
{
	const struct step_seconds *now = &s->stepper.seconds;

	return (struct step_seconds){
		now->forward - before->forward, now->backward - before->backward,
		now->optimizer - before->optimizer, now->other - before->other};
}

static void keep_phases(struct runner *r, int round, const struct step_seconds *spent, int n)
{
	const double phases[N_PHASES] = {spent->forward, spent->backward, spent->optimizer,
					 spent->other};
	double sum = 0;

	for (int i = 0; i < N_PHASES; i++) {
		r->rounds[FIRST_PHASE + i][round] = 1e3 * phases[i] / n;
		sum += phases[i];
	}
	r->rounds[OPTIMIZER_SHARE][round] = spent->optimizer / sum;
}

/* Trains n steps; sets what they took in seconds. */
static int run_steps(struct runner *r, int n, int round, double *elapsed_s, struct error *err)
{
	struct step_seconds before = r->subject.stepper.seconds, spent;
	double start = clock_s();
	int result = 0;

	for (int i = 0; i < n && !result; i++)
		result = bench_subject_step(&r->subject, err);
	*elapsed_s = clock_s() - start;
	spent = seconds_since(&r->subject, &before);
	keep_phases(r, round, &spent, n);
	return result;
}

/* A large product before and after the steps, then the products of as many steps. */
static int run_round(struct runner *r, int round, bool asked, struct error *err)
{
	int n = (int)ceil(ROUND_S / r->subject.step_s);
	double train_s = n * r->subject.step_s, sgemm, rate;
	int result;

	sgemm = bench_products_large(r->fp32->products, SGEMM_SHARE * train_s);
	result = run_steps(r, n, round, &train_s, err);
	if (result)
		return result;
	sgemm = (sgemm + bench_products_large(r->fp32->products, SGEMM_SHARE * train_s)) / 2;
	rate = n * (double)r->subject.plan.batch_tokens / train_s;
	r->rounds[SGEMM_GFLOPS][round] = sgemm;
	r->rounds[TOKENS_PER_SECOND][round] = rate;
	r->rounds[SGEMM_FRACTION][round] =
		1e-9 * rate * bench_nominal_flops(r->what.config) / sgemm;
	if (asked)
		r->rounds[BOUND_FRACTION][round] = run_products(r, n) / train_s;
	if (asked && r->orthogonal)
		r->rounds[OVER_PLAIN][round] =
			bench_orthogonal_speedup(r->orthogonal, PLAIN_SHARE * train_s);
	return backend_sync(r->subject.backend, err);
}

static void compare(struct runner *r, int round)
{
	double rate = r->rounds[TOKENS_PER_SECOND][round];

	r->rounds[OVER_FP32][round] = rate / r->fp32->rounds[TOKENS_PER_SECOND][round];
	r->rounds[OVER_ONE_THREAD][round] = rate / r->one_thread->rounds[TOKENS_PER_SECOND][round];
}

static int run_rounds(struct runners *all, double seconds, int *n, struct error *err)
{
	double start = clock_s();
	int result = 0;

	for (*n = 0; *n < MAX_ROUNDS && (*n < MIN_ROUNDS || clock_s() - start < seconds); ++*n) {
		for (size_t i = 0; i < all->n && !result; i++)
			result = run_round(&all->list[i], *n, i < all->n_asked, err);
		if (result)
			return result;
		for (size_t i = 0; i < all->n_asked; i++)
			compare(&all->list[i], *n);
	}
	return 0;
}

/* --- what came of it --- */

static struct bench_spread scaled(struct bench_spread spread, double factor)
{
	return (struct bench_spread){factor * spread.median, factor * spread.low,
				     factor * spread.high};
}

static void summarise(struct runner *r, int n_rounds, struct bench_result *result)
{
	struct bench_spread spreads[N_MEASURES];

	for (int i = 0; i < N_MEASURES; i++)
		spreads[i] = bench_spread_of(r->rounds[i], (size_t)n_rounds);
	*result = (struct bench_result){
		.rounds = n_rounds,
		.sgemm_gflops = spreads[SGEMM_GFLOPS],
		.tokens_per_second = spreads[TOKENS_PER_SECOND],
		.nominal_gflops = scaled(spreads[TOKENS_PER_SECOND],
					 1e-9 * bench_nominal_flops(r->what.config)),
		.sgemm_fraction = spreads[SGEMM_FRACTION],
		.bound_fraction = spreads[BOUND_FRACTION],
		.optimizer_share = spreads[OPTIMIZER_SHARE],
		.over_fp32 = r->fp32 == r ? bench_not_measured : spreads[OVER_FP32],
		.over_one_thread =
			r->one_thread == r ? bench_not_measured : spreads[OVER_ONE_THREAD],
		.over_plain = r->orthogonal ? spreads[OVER_PLAIN] : bench_not_measured,
	};
	for (int i = 0; i < N_PHASES; i++)
		result->phases_ms[i] = spreads[FIRST_PHASE + i];
}

static int measure(struct runners *all, struct bench_result *results, double seconds,
		   struct error *err)
{
	int result = 0, n_rounds;

	for (size_t i = 0; i < all->n && !result; i++)
		result = runner_open(&all->list[i], err);
	if (!result)
		result = run_rounds(all, seconds * (double)all->n_asked, &n_rounds, err);
	for (size_t i = 0; i < all->n_asked && !result; i++)
		summarise(&all->list[i], n_rounds, &results[i]);
	return result;
}

int bench_measure(struct bench_result *results, const struct bench_case *cases, size_t n,
		  double seconds, struct error *err)
{
	struct runners *all = xcalloc(1, sizeof(*all));
	int result;

	for (size_t i = 0; i < n; i++)
		find_or_add(all, &cases[i]);
	assert(all->n == n);
	all->n_asked = n;
	for (size_t i = 0; i < all->n; i++)
		add_companions(all, &all->list[i]);
	result = measure(all, results, seconds, err);
	for (size_t i = 0; i < all->n; i++)
		runner_close(&all->list[i]);
	free(all);
	return result;
}
