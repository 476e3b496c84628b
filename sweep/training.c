/* SPDX-License-Identifier: MIT
 *
 * The step loop.  Everything it needs is taken before the first step; nothing allocates after.
 */
#include "sweep/training.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "sweep/evaluate.h"
#include "sweep/telemetry.h"
#include "tensor/ops.h"

#define DIVERGED_STEPS	50  /* contract: this many in a row above ln V + 1 */
#define PROBE_SHARE	0.1 /* of the training FLOPs */
#define FORWARD_SHARE	(1.0 / 3)
#define REPORT_INTERVAL 0.25 /* s */

struct phases {
	double forward, backward, optimizer, eval; /* s */
};

struct trainer {
	const struct training *t;
	const struct training_sink *sink;
	struct backend *backend;
	struct model *model;
	struct optimizer *optimizer;
	struct model_costs costs;
	struct optimizer_flops optimizer_flops; /* per step */
	struct windows windows;
	double *logits;

	int64_t step;	/* updates done */
	int64_t probes; /* evaluations done */
	struct phases seconds;
	double loss;		     /* of the last step */
	double loss_sum, loss_steps; /* since the last recorded row */
	int64_t bad_steps;	     /* in a row */
	struct model_metrics metrics;

	double reported_at, reported_loss, reported_steps;
};

bool training_evaluates_at(const struct training *t, int64_t s, int64_t probes)
{
	double points = (double)t->eval_points;
	double cost = FORWARD_SHARE * (double)t->probe_tokens * ((double)probes + 1);

	if (points <= 0 || cost > PROBE_SHARE * (double)s * (double)t->batch_tokens)
		return false;
	/* a grid point lies in (s-1, s] */
	return s == 1 || floor(points * log10((double)s) + 1e-9) >
				 floor(points * log10((double)s - 1) + 1e-9);
}

/* --- what is recorded --- */

static struct evaluation_row row_now(const struct trainer *r)
{
	const struct training *t = r->t;
	double step = (double)r->step, tokens = step * (double)t->batch_tokens;

	return (struct evaluation_row){
		.step = step,
		.tokens = tokens,
		.epochs = tokens / (double)corpus_facts(t->corpus)->epoch_tokens,
		.flops = tokens * r->costs.flops_per_token,
		.flops_attention = tokens * r->costs.flops_attention_per_token,
		.flops_head = tokens * r->costs.flops_head_per_token,
		.flops_6nd = 6 * r->costs.params * tokens,
		.flops_optimizer = step * r->optimizer_flops.spent,
		.flops_optimizer_plain = step * r->optimizer_flops.plain,
		.seconds = r->seconds.forward + r->seconds.backward + r->seconds.optimizer,
		.seconds_forward = r->seconds.forward,
		.seconds_backward = r->seconds.backward,
		.seconds_optimizer = r->seconds.optimizer,
		.seconds_eval = r->seconds.eval,
		.train_loss = r->loss_steps > 0 ? r->loss_sum / r->loss_steps : (double)NAN,
		.probe_loss = (double)NAN,
		.val_loss = (double)NAN,
		.val_loss_se = (double)NAN,
		.val_bpb = (double)NAN,
		.test_loss = (double)NAN,
	};
}

static double evaluate(struct trainer *r, enum corpus_slice slice, size_t n_windows,
		       struct heldout_loss *loss)
{
	double start = clock_s();

	evaluate_heldout(r->model, r->t->corpus, slice, n_windows, &r->windows, loss);
	r->seconds.eval += clock_s() - start;
	return loss->mean;
}

static double probe(struct trainer *r)
{
	struct heldout_loss loss;

	return evaluate(r, CORPUS_VAL, (size_t)(r->t->probe_tokens / r->t->model.context), &loss);
}

static void record(struct trainer *r, struct evaluation_row *row)
{
	r->metrics.seconds_forward = r->seconds.forward;
	r->metrics.seconds_backward = r->seconds.backward;
	r->metrics.seconds_optimizer = r->seconds.optimizer;
	r->metrics.seconds_eval = r->seconds.eval;
	telemetry_send(row->step, r->model, &r->t->model, r->optimizer, &r->metrics, r->logits,
		       r->sink);
	r->sink->evaluation(r->sink->context, row);
	r->loss_sum = r->loss_steps = 0;
}

static void record_probe(struct trainer *r)
{
	struct evaluation_row row;
	double loss = probe(r);

	row = row_now(r);
	row.probe_loss = loss;
	r->probes++;
	record(r, &row);
}

static void send_buckets(struct trainer *r, const char *slice, const struct heldout_loss *loss)
{
	for (int i = 0; i < STORE_BUCKETS; i++)
		if (loss->tokens[i] > 0)
			r->sink->bucket(r->sink->context, slice, i, loss->nats[i], loss->tokens[i]);
}

static int record_end(struct trainer *r, struct error *err)
{
	struct heldout_loss val, test;
	struct evaluation_row row;
	double probe_loss = r->t->probe_tokens > 0 ? probe(r) : (double)NAN;

	evaluate(r, CORPUS_VAL, 0, &val);
	evaluate(r, CORPUS_TEST, 0, &test);
	row = row_now(r);
	row.probe_loss = probe_loss;
	row.val_loss = val.mean;
	row.val_loss_se = val.se;
	row.val_bpb = val.bpb;
	row.test_loss = test.mean;
	row.final = isfinite(val.mean) && isfinite(test.mean);
	if (row.final) {
		send_buckets(r, "val", &val);
		send_buckets(r, "test", &test);
	}
	record(r, &row);
	return row.final ? 0 : error_set(err, ERR_DIVERGED, "the held-out loss is not finite");
}

static void report(struct trainer *r, bool evaluating)
{
	double now = clock_s(), elapsed = now - r->reported_at;
	struct training_progress progress = {r->step, r->t->steps, r->loss, 0, 0, evaluating};

	if (!evaluating && r->step < r->t->steps && elapsed < REPORT_INTERVAL)
		return;
	if (r->reported_steps > 0) {
		progress.loss = r->reported_loss / r->reported_steps;
		progress.tokens_per_second =
			r->reported_steps * (double)r->t->batch_tokens / elapsed;
		progress.gflops = 1e-9 * progress.tokens_per_second * r->costs.flops_per_token;
	}
	r->sink->progress(r->sink->context, &progress);
	r->reported_at = now;
	r->reported_loss = r->reported_steps = 0;
}

/* --- one step --- */

/* Sums the gradients of the mean loss of the batch; returns that loss. */
static double accumulate_gradients(struct trainer *r)
{
	const struct training *t = r->t;
	size_t context = r->windows.context, per_step = (size_t)t->batch_tokens / context;
	double sum = 0;

	model_zero_gradients(r->model);
	for (size_t first = 0; first < per_step; first += r->windows.capacity) {
		size_t left = per_step - first;
		size_t n = left < r->windows.capacity ? left : r->windows.capacity;
		double forward_s, backward_s;

		corpus_windows(t->corpus, t->data_seed, (uint64_t)r->step * per_step + first, n,
			       context, r->windows.inputs, r->windows.targets);
		model_set_batch(r->model, r->windows.inputs, r->windows.targets, n);
		model_forward_backward(r->model, 1 / (double)t->batch_tokens, &forward_s,
				       &backward_s);
		model_read_losses(r->model, r->windows.losses);
		for (size_t i = 0; i < n * context; i++)
			sum += r->windows.losses[i];
		r->seconds.forward += forward_s;
		r->seconds.backward += backward_s;
	}
	return sum / (double)t->batch_tokens;
}

static void update(struct trainer *r, bool observe)
{
	const struct training *t = r->t;
	double start = clock_s();
	double norm = sqrt(op_sum_squares(&model_params(r->model)->gradients));
	struct optimizer_step step = {
		.step = r->step + 1,
		.schedule = schedule_factor(&t->schedule, r->step),
		.gradient_scale = 1,
		.observe = observe,
	};

	if (t->grad_clip > 0 && norm > t->grad_clip)
		step.gradient_scale = t->grad_clip / norm;
	r->metrics.gradient_norm = norm;
	r->metrics.gradient_scale = step.gradient_scale;
	r->metrics.lr_factor = step.schedule;
	if (isfinite(norm))
		optimizer_step(r->optimizer, &step);
	r->seconds.optimizer += clock_s() - start;
}

static int check_divergence(struct trainer *r, struct error *err)
{
	const struct training *t = r->t;
	double limit = log((double)t->model.vocab) + 1;

	if (!isfinite(r->loss))
		return error_set(err, ERR_DIVERGED, "training loss not finite at step %lld",
				 (long long)r->step);
	if (!isfinite(r->metrics.gradient_norm))
		return error_set(err, ERR_DIVERGED, "gradient not finite at step %lld",
				 (long long)r->step);
	if (r->loss <= limit || r->step <= t->schedule.warmup_steps)
		r->bad_steps = 0;
	else if (++r->bad_steps >= DIVERGED_STEPS)
		return error_set(err, ERR_DIVERGED,
				 "training loss above %.2f (ln V + 1) for %d steps, at step %lld",
				 limit, DIVERGED_STEPS, (long long)r->step);
	return 0;
}

static int step_once(struct trainer *r, struct error *err)
{
	bool last = r->step + 1 == r->t->steps;
	bool evaluates = training_evaluates_at(r->t, r->step + 1, r->probes);
	int result;

	r->loss = accumulate_gradients(r);
	update(r, evaluates || last);
	r->step++;
	r->loss_sum += r->loss;
	r->loss_steps++;
	r->reported_loss += r->loss;
	r->reported_steps++;
	result = backend_sync(r->backend, err);
	if (!result)
		result = check_divergence(r, err);
	if (result == -ERR_DIVERGED) {
		struct evaluation_row row = row_now(r);

		record(r, &row);
	}
	if (result)
		return result;
	if (evaluates && !last)
		record_probe(r);
	report(r, false);
	return 0;
}

static int train(struct trainer *r, struct error *err)
{
	int result;

	r->reported_at = -REPORT_INTERVAL;
	report(r, false); /* the trial has started */
	while (r->step < r->t->steps) {
		result = step_once(r, err);
		if (result)
			return result;
		if (r->sink->stop(r->sink->context))
			return error_set(err, ERR_STOPPED, "stopped at step %lld of %lld",
					 (long long)r->step, (long long)r->t->steps);
	}
	report(r, true);
	return record_end(r, err);
}

int training_run(const struct training *t, struct backend *backend,
		 const struct training_sink *sink, struct error *err)
{
	struct trainer r = {.t = t, .sink = sink, .backend = backend};
	size_t context = (size_t)t->model.context;
	int result;

	result = model_new(&r.model, &t->model, backend, (size_t)t->micro_batch_tokens / context,
			   err);
	if (!result)
		result = optimizer_new(&r.optimizer, t->optimizer, t->optimizer_options,
				       model_params(r.model), err);
	if (!result) {
		const struct param_list *params = model_params(r.model);

		windows_init(&r.windows, (size_t)t->micro_batch_tokens / context, context);
		r.logits = xcalloc((size_t)(t->model.n_layers * t->model.d_model), sizeof(double));
		r.costs = model_costs(&t->model);
		r.optimizer_flops =
			t->optimizer->flops(t->optimizer_options, params->items, params->n);
		model_init(r.model, t->init_seed);
		result = train(&r, err);
	}
	free(r.logits);
	windows_release(&r.windows);
	optimizer_free(r.optimizer);
	model_free(r.model);
	return result;
}
