/* SPDX-License-Identifier: MIT
 *
 * The step loop.  Everything it needs is taken before the first step; nothing allocates after.
 */
#include "sweep/training.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/machine_memory.h"
#include "base/memory.h"
#include "sweep/telemetry.h"

#define DIVERGED_STEPS	50  /* contract: this many in a row above ln V + 1 */
#define PROBE_SHARE	0.1 /* of the training FLOPs */
#define FORWARD_SHARE	(1.0 / 3)
#define REPORT_INTERVAL 0.25 /* s */

struct trainer {
	const struct training *t;
	const struct training_sink *sink;
	struct stepper stepper;
	struct checkpointer *checkpointer; /* NULL: none */
	struct model_costs costs;
	struct optimizer_flops optimizer_flops; /* per step */
	double *logits;

	int64_t probes;		     /* evaluations done */
	double eval_s;		     /* spent on them */
	double loss_sum, loss_steps; /* since the last recorded row */
	int64_t bad_steps;	     /* in a row */

	double reported_at, reported_loss, reported_steps;
	struct training_progress told; /* the last one */
	double told_at;
};

bool training_evaluates_at(const struct training *t, int64_t s, int64_t probes)
{
	double points = (double)t->eval_points;
	double cost = FORWARD_SHARE * (double)t->probe_tokens * ((double)probes + 1);

	if (points <= 0 || cost > PROBE_SHARE * (double)s * (double)t->plan.batch_tokens)
		return false;
	/* a grid point lies in (s-1, s] */
	return s == 1 || floor(points * log10((double)s) + 1e-9) >
				 floor(points * log10((double)s - 1) + 1e-9);
}

/* --- what is recorded --- */

static struct evaluation_row row_now(const struct trainer *r)
{
	const struct training *t = r->t;
	const struct step_seconds *spent = &r->stepper.seconds;
	double step = (double)r->stepper.step, tokens = step * (double)t->plan.batch_tokens;

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
		.seconds = spent->forward + spent->backward + spent->optimizer,
		.seconds_forward = spent->forward,
		.seconds_backward = spent->backward,
		.seconds_optimizer = spent->optimizer,
		.seconds_eval = r->eval_s,
		.train_loss = r->loss_steps > 0 ? r->loss_sum / r->loss_steps : (double)NAN,
		.probe_loss = (double)NAN,
		.val_loss = (double)NAN,
		.val_loss_se = (double)NAN,
		.val_bpb = (double)NAN,
		.test_loss = (double)NAN,
	};
}

static int stopped(const struct trainer *r, struct error *err)
{
	if (r->stepper.step >= r->t->steps)
		return error_set(err, ERR_STOPPED,
				 "stopped in the final evaluation, after step %lld",
				 (long long)r->stepper.step);
	return error_set(err, ERR_STOPPED, "stopped at step %lld of %lld",
			 (long long)r->stepper.step, (long long)r->t->steps);
}

static void tell(struct trainer *r)
{
	r->told_at = clock_s();
	r->sink->progress(r->sink->context, &r->told);
}

/* After each micro-batch of an evaluation, which gives signs of life as steps do. */
static bool asked_to_stop(void *context)
{
	struct trainer *r = context;

	if (clock_s() - r->told_at >= REPORT_INTERVAL)
		tell(r);
	return r->sink->stop(r->sink->context);
}

/* ERR_STOPPED. */
static int evaluate(struct trainer *r, enum corpus_slice slice, size_t n_windows,
		    struct heldout_loss *loss, struct error *err)
{
	double start = clock_s();
	bool whole = evaluate_heldout(r->stepper.model, r->t->corpus, slice, n_windows,
				      &r->stepper.windows, loss, asked_to_stop, r);

	r->eval_s += clock_s() - start;
	return whole ? 0 : stopped(r, err);
}

static int probe(struct trainer *r, double *mean, struct error *err)
{
	struct heldout_loss loss = {.mean = (double)NAN};
	size_t windows = (size_t)(r->t->probe_tokens / r->t->plan.model.context);
	int result = evaluate(r, CORPUS_VAL, windows, &loss, err);

	*mean = loss.mean;
	return result;
}

static void record(struct trainer *r, struct evaluation_row *row)
{
	const struct stepper *s = &r->stepper;
	const struct model_metrics metrics = {
		.gradient_norm = s->gradient_norm,
		.gradient_scale = s->gradient_scale,
		.lr_factor = s->lr_factor,
		.seconds_forward = s->seconds.forward,
		.seconds_backward = s->seconds.backward,
		.seconds_optimizer = s->seconds.optimizer,
		.seconds_eval = r->eval_s,
		.peak_bytes = (double)memory_peak(),
	};

	telemetry_send(row->step, s->model, &s->plan->model, s->optimizer, &metrics, r->logits,
		       r->sink);
	r->sink->evaluation(r->sink->context, row);
	r->loss_sum = r->loss_steps = 0;
}

static int record_probe(struct trainer *r, struct error *err)
{
	struct evaluation_row row;
	double loss;
	int result = probe(r, &loss, err);

	if (result)
		return result;
	row = row_now(r);
	row.probe_loss = loss;
	r->probes++;
	record(r, &row);
	return 0;
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
	double probe_loss = (double)NAN;
	int result = r->t->probe_tokens > 0 ? probe(r, &probe_loss, err) : 0;

	if (!result)
		result = evaluate(r, CORPUS_VAL, 0, &val, err);
	if (!result)
		result = evaluate(r, CORPUS_TEST, 0, &test, err);
	if (result)
		return result;
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
	const struct stepper *s = &r->stepper;
	struct training_progress progress = {s->step, r->t->steps, s->loss, 0, 0, evaluating};

	if (!evaluating && s->step < r->t->steps && elapsed < REPORT_INTERVAL)
		return;
	if (r->reported_steps > 0) {
		progress.loss = r->reported_loss / r->reported_steps;
		progress.tokens_per_second =
			r->reported_steps * (double)r->t->plan.batch_tokens / elapsed;
		progress.gflops = 1e-9 * progress.tokens_per_second * r->costs.flops_per_token;
	}
	r->told = progress;
	tell(r);
	r->reported_at = now;
	r->reported_loss = r->reported_steps = 0;
}

/* --- one step --- */

static int check_divergence(struct trainer *r, struct error *err)
{
	const struct step_plan *plan = &r->t->plan;
	const struct stepper *s = &r->stepper;
	double limit = log((double)plan->model.vocab) + 1;

	if (!isfinite(s->loss))
		return error_set(err, ERR_DIVERGED, "training loss not finite at step %lld",
				 (long long)s->step);
	if (!isfinite(s->gradient_norm))
		return error_set(err, ERR_DIVERGED, "gradient not finite at step %lld",
				 (long long)s->step);
	if (s->loss <= limit || s->step <= plan->schedule.warmup_steps)
		r->bad_steps = 0;
	else if (++r->bad_steps >= DIVERGED_STEPS)
		return error_set(err, ERR_DIVERGED,
				 "training loss above %.2f (ln V + 1) for %d steps, at step %lld",
				 limit, DIVERGED_STEPS, (long long)s->step);
	return 0;
}

static int update_once(struct trainer *r, struct error *err)
{
	struct stepper *s = &r->stepper;
	bool last = s->step + 1 == r->t->steps;
	int result =
		stepper_step(s, last || training_evaluates_at(r->t, s->step + 1, r->probes), err);

	r->loss_sum += s->loss;
	r->loss_steps++;
	r->reported_loss += s->loss;
	r->reported_steps++;
	if (!result)
		result = check_divergence(r, err);
	if (result == -ERR_DIVERGED) {
		struct evaluation_row row = row_now(r);

		record(r, &row);
	}
	return result;
}

/* What follows an update: it depends on the state alone, so that a training that goes on from a
 * checkpoint makes up for it first. */
static int follow_up(struct trainer *r, struct error *err)
{
	int64_t step = r->stepper.step;
	int result = 0;

	if (step > 0 && step < r->t->steps && training_evaluates_at(r->t, step, r->probes))
		result = record_probe(r, err);
	report(r, false);
	return result;
}

/* Every checkpoint is of a state right after an update. */
static int train(struct trainer *r, struct error *err)
{
	const struct training_sink *sink = r->sink;
	int result;

	for (;;) {
		if (sink->stop(sink->context))
			return stopped(r, err);
		result = follow_up(r, err);
		if (result || r->stepper.step == r->t->steps)
			break;
		result = update_once(r, err);
		if (result)
			return result;
		if (r->checkpointer)
			checkpointer_step(r->checkpointer, r->stepper.step);
	}
	if (result)
		return result;
	report(r, true);
	return record_end(r, err);
}

/* --- checkpoints --- */

static void visit(void *context, struct archive *a)
{
	struct trainer *r = context;

	stepper_archive(&r->stepper, a);
	ARCHIVE_FIELD(a, r->probes);
	ARCHIVE_FIELD(a, r->eval_s);
	ARCHIVE_FIELD(a, r->loss_sum);
	ARCHIVE_FIELD(a, r->loss_steps);
	ARCHIVE_FIELD(a, r->bad_steps);
}

static int train_with_checkpoints(struct trainer *r, struct error *err)
{
	const struct training_sink *sink = r->sink;
	const struct archived state = {visit, r};
	int64_t step;
	int result;

	if (!r->t->checkpoints)
		return train(r, err);
	r->checkpointer = checkpointer_new(r->t->checkpoints, &state, sink->note, sink->context);
	step = checkpointer_resume(r->checkpointer, r->t->steps);
	if (step > 0)
		sink->resumed(sink->context, step);
	result = train(r, err);
	if (result == -ERR_STOPPED)
		checkpointer_stop(r->checkpointer, r->stepper.step);
	checkpointer_free(r->checkpointer);
	return result;
}

static void send_weights(const struct trainer *r)
{
	struct tensor weights = model_params(r->stepper.model)->weights;
	unsigned char bytes[4096];
	size_t piece = sizeof(bytes) / backend_real_size(weights.backend), n;
	char hash[SHA256_HEX];
	struct sha256 sum;

	sha256_start(&sum);
	for (size_t first = 0; first < weights.dim[0]; first += n) {
		struct tensor part;

		n = weights.dim[0] - first < piece ? weights.dim[0] - first : piece;
		part = tensor_rows(&weights, first, n);
		tensor_save(&part, bytes);
		sha256_add(&sum, bytes, tensor_size_bytes(&part));
	}
	sha256_finish(&sum, hash);
	r->sink->weights(r->sink->context, hash);
}

/* The training slice, in the order of the data seed. */
static void fill_windows(const void *context, uint64_t first, size_t n, size_t length,
			 int32_t *inputs, int32_t *targets)
{
	const struct training *t = context;

	corpus_windows(t->corpus, t->data_seed, first, n, length, inputs, targets);
}

static int train_stepper(struct trainer *r, struct backend *backend, struct error *err)
{
	const struct step_plan *plan = &r->t->plan;
	const struct model_config *model = &plan->model;
	const struct param_list *params = model_params(r->stepper.model);
	int result;

	r->logits = xcalloc((size_t)(model->n_layers * model->d_model), sizeof(double));
	r->costs = model_costs(model);
	r->optimizer_flops = plan->optimizer->flops(plan->optimizer_options, params->items,
						    params->n, backend_precision(backend));
	r->reported_at = -REPORT_INTERVAL; /* the first report says that the trial has started */
	result = train_with_checkpoints(r, err);
	if (!result)
		send_weights(r);
	free(r->logits);
	return result;
}

int training_run(const struct training *t, struct backend *backend,
		 const struct training_sink *sink, struct error *err)
{
	struct trainer r = {.t = t, .sink = sink};
	int result = stepper_init(&r.stepper, &t->plan, (struct token_source){fill_windows, t},
				  backend, err);

	if (!result)
		result = train_stepper(&r, backend, err);
	stepper_release(&r.stepper);
	return result;
}
