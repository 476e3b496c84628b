/* SPDX-License-Identifier: MIT */
#include "sweep/telemetry.h"

#include <math.h>

#include "tensor/ops.h"

struct sums {
	double weight, update, orthogonality; /* squares, squares, sum of errors */
	double size, update_size, orthogonalised;
};

static void add_param(struct sums *sums, const struct param *p,
		      const struct param_observation *seen)
{
	double size = (double)param_size(p);

	sums->weight += op_sum_squares(&p->weight);
	sums->size += size;
	if (!isnan(seen->update_rms)) {
		sums->update += seen->update_rms * seen->update_rms * size;
		sums->update_size += size;
	}
	if (!isnan(seen->orthogonality_error)) {
		sums->orthogonality += seen->orthogonality_error;
		sums->orthogonalised++;
	}
}

static void send(const struct training_sink *sink, double step, int layer, const char *role,
		 const char *metric, double value)
{
	const struct telemetry_row row = {step, layer, role, metric, value};

	if (isfinite(value))
		sink->telemetry(sink->context, &row);
}

static void send_role(double step, int layer, enum param_role role, const struct param_list *params,
		      const struct optimizer *optimizer, const struct training_sink *sink)
{
	struct sums sums = {0};
	const char *name = param_role_name(role);

	for (size_t i = 0; i < params->n; i++)
		if (params->items[i].layer == layer && params->items[i].role == role)
			add_param(&sums, &params->items[i], &optimizer->observed[i]);
	if (sums.size > 0)
		send(sink, step, layer, name, "weight_rms", sqrt(sums.weight / sums.size));
	if (sums.update_size > 0)
		send(sink, step, layer, name, "update_rms", sqrt(sums.update / sums.update_size));
	if (sums.orthogonalised > 0)
		send(sink, step, layer, name, "orthogonality_error",
		     sums.orthogonality / sums.orthogonalised);
}

static void send_logits(double step, struct model *model, const struct model_config *config,
			double *logits, const struct training_sink *sink)
{
	int64_t heads = config->d_model / config->head_dim;

	model_take_max_logits(model, logits);
	for (int64_t layer = 0; layer < config->n_layers; layer++) {
		double largest = -HUGE_VAL;

		for (int64_t h = 0; h < heads; h++)
			largest = fmax(largest, logits[layer * heads + h]);
		send(sink, step, (int)layer, param_role_name(ROLE_attn_q), "max_attention_logit",
		     largest);
	}
}

void telemetry_send(double step, struct model *model, const struct model_config *config,
		    const struct optimizer *optimizer, const struct model_metrics *metrics,
		    double *logits, const struct training_sink *sink)
{
	const struct param_list *params = model_params(model);

	for (int layer = -1; layer < config->n_layers; layer++)
		for (int role = 0; role < N_PARAM_ROLES; role++)
			send_role(step, layer, (enum param_role)role, params, optimizer, sink);
	send_logits(step, model, config, logits, sink);
	send(sink, step, -1, "model", "newton_schulz_calls", (double)optimizer->orthogonalisations);
#define X(field, metric) send(sink, step, -1, "model", metric, metrics->field);
	MODEL_METRICS(X)
#undef X
}
