/* SPDX-License-Identifier: MIT */
#include "sweep/cost_shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SHORTEST_S 0.05

const enum cost_use cost_number_uses[N_COST_NUMBERS] = {
#define X(field, use) COST_##use,
	COST_SHAPE_NUMBERS(X)
#undef X
};

static void set_text(char field[COST_SHAPE_TEXT], const char *value)
{
	snprintf(field, COST_SHAPE_TEXT, "%s", value);
}

static double model_bytes(const struct trial *trial)
{
	const struct model_config *model = &trial->options.model;
	int64_t sequences = trial->options.train.micro_batch_tokens / model->context;
	struct model_memory memory = model_memory(model, (size_t)sequences);

	return (double)(memory.params + memory.constants + memory.activations);
}

struct cost_shape cost_shape_of(const struct trial *trial, int threads, int jobs)
{
	const struct model_config *model = &trial->options.model;
	const struct train_options *train = &trial->options.train;
	struct cost_shape shape;

	memset(&shape, 0, sizeof(shape));
	shape.d_model = (double)model->d_model;
	shape.n_layers = (double)model->n_layers;
	shape.head_dim = (double)model->head_dim;
	shape.kv_heads = (double)model->kv_heads;
	shape.ffn_hidden = (double)model->ffn_hidden;
	shape.mlp = model->mlp;
	shape.qk_norm = model->qk_norm;
	shape.context = (double)model->context;
	shape.vocab = (double)model->vocab;
	shape.params = trial->model->costs.params;
	shape.memory = model_bytes(trial);
	shape.micro_batch = (double)train->micro_batch_tokens;
	shape.optimizer_flops = trial->optimizer_flops.spent;
	shape.threads = threads;
	shape.jobs = jobs;
	set_text(shape.optimizer, trial->optimizer->name);
	set_text(shape.precision, precision_choices[train->precision].name);
	set_text(shape.backend, backend_choices[train->backend].name);
	return shape;
}

bool cost_shape_equal(const struct cost_shape *a, const struct cost_shape *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

const double *cost_shape_numbers(const struct cost_shape *shape)
{
	return &shape->d_model;
}

double *cost_parts_array(struct cost_parts *parts)
{
	return &parts->start;
}

/* Steps that may be evaluation steps are those next to a point of the logarithmic grid. */
static int64_t count_probes(const struct training *t)
{
	int64_t probes = 0, tried = 0;

	for (int64_t k = 0; t->eval_points > 0; k++) {
		int64_t near = (int64_t)pow(10, (double)k / (double)t->eval_points);

		for (int64_t s = near > tried ? near : tried + 1; s <= near + 1; s++) {
			if (s >= t->steps)
				return probes;
			probes += training_evaluates_at(t, s, probes);
			tried = s;
		}
	}
	return probes;
}

static double whole_contexts(double tokens, double context)
{
	return floor(tokens / context) * context;
}

double cost_final_tokens(const struct trial *trial)
{
	double context = (double)trial->options.model.context, held_out = 0;

	for (int slice = CORPUS_VAL; slice <= CORPUS_TEST; slice++)
		held_out += whole_contexts((double)trial->corpus->slice_tokens[slice], context);
	return held_out;
}

/* Those up to a step. */
static int64_t count_probes_to(const struct training *t, int64_t step)
{
	struct training first = *t;

	first.steps = step + 1;
	return step > 0 ? count_probes(&first) : 0;
}

struct cost_parts cost_amounts_from(const struct trial *trial, int64_t step)
{
	double context = (double)trial->options.model.context;
	struct training training;
	double probes;

	trial_training(trial, NULL, &training);
	probes = (double)(count_probes(&training) - count_probes_to(&training, step)) +
		 (training.probe_tokens > 0);
	return (struct cost_parts){
		.start = 1,
		.token = (double)((trial->steps - step) * trial->options.train.batch_tokens),
		.step = (double)(trial->steps - step),
		.eval = probes * whole_contexts((double)training.probe_tokens, context) +
			cost_final_tokens(trial),
	};
}

struct cost_parts cost_amounts(const struct trial *trial)
{
	return cost_amounts_from(trial, 0);
}

double cost_seconds(const struct cost_parts *times, const struct cost_parts *amounts)
{
	double sum = 0;

#define X(field) sum += times->field * amounts->field;
	COST_PARTS(X)
#undef X
	return sum;
}

bool cost_row_of_trial(struct cost_row *row, const struct trial *trial, int threads, int jobs,
		       const struct evaluation_row *last, double start_s, double whole_s)
{
	struct cost_parts amounts = cost_amounts(trial);
	double steps_s = whole_s - start_s - last->seconds_eval - last->seconds_optimizer;

	*row = (struct cost_row){
		.shape = cost_shape_of(trial, threads, jobs),
		.parts = {.start = start_s,
			  .token = steps_s / amounts.token,
			  .step = last->seconds_optimizer / amounts.step,
			  .eval = last->seconds_eval / amounts.eval},
		.measured_s = whole_s - start_s,
	};
	return row->measured_s > SHORTEST_S && start_s > 0 && steps_s > 0 &&
	       last->seconds_optimizer > 0 && last->seconds_eval > 0;
}
