/* SPDX-License-Identifier: MIT
 *
 * What a trial tells of its optimizer, by layer and role (contract, "Optimizer truth").
 */
#ifndef SWEEP_TELEMETRY_H
#define SWEEP_TELEMETRY_H

#include "models/model.h"
#include "optim/optimizer.h"
#include "sweep/training.h"

/* X(field, metric): numbers of the whole model. */
#define MODEL_METRICS(X)                          \
	X(gradient_norm, "gradient_norm")         \
	X(gradient_scale, "gradient_scale")       \
	X(lr_factor, "lr_factor")                 \
	X(seconds_forward, "seconds_forward")     \
	X(seconds_backward, "seconds_backward")   \
	X(seconds_optimizer, "seconds_optimizer") \
	X(seconds_eval, "seconds_eval")           \
	X(peak_bytes, "peak_bytes")

struct model_metrics {
#define X(field, metric) double field;
	MODEL_METRICS(X)
#undef X
};

/* Hands the sink, for every layer and role: weight_rms, update_rms, orthogonality_error (Muon),
 * max_attention_logit (role attn_q); and for the model as a whole (layer -1, role "model"):
 * newton_schulz_calls and the metrics above.  `logits` is room for n_layers x heads. */
void telemetry_send(double step, struct model *model, const struct model_config *config,
		    const struct optimizer *optimizer, const struct model_metrics *metrics,
		    double *logits, const struct training_sink *sink);

#endif
