-- SPDX-License-Identifier: MIT
--
-- The views of the store, made anew with every migration.

CREATE VIEW loss_vs_flops AS
SELECT sweep, trial_key, state, optimizer, label, family, params, params_hidden,
	params_embedding, params_head, params_norm, d_model, n_layers, context, vocab, lr,
	weight_decay, batch_tokens, schedule, warmup, decay, grad_clip, beta1, beta2, momentum,
	lr_scale, update_rms, ns_steps, adamw_lr_ratio, seed, init_seed, data_seed, corpus,
	budget_flops, steps_total, tokens_total, step, tokens, epochs, flops, flops_attention,
	flops_head, flops_6nd, flops_optimizer, flops_optimizer_plain, seconds, seconds_optimizer,
	seconds_eval, jobs, threads, precision, backend, host, version, trunk_key, train_loss,
	probe_loss, val_loss, val_loss_se, val_bpb, test_loss, final
FROM sweep_trial
JOIN trial ON trial.id = sweep_trial.trial
JOIN evaluation ON evaluation.trial = trial.id;

CREATE VIEW telemetry AS
SELECT trial_key, step, layer, role, metric, value
FROM measurement JOIN trial ON trial.id = measurement.trial;

-- What fits and figures read: every column of loss_vs_flops and those of observation.h under
-- their names there.  `last` marks a trial's last recorded evaluation; a trial without any has
-- one row.  Short horizons of successive halving are no settings of a budget, and left out.
CREATE VIEW observation AS
SELECT sweep_trial.sweep, sweep_trial.label, sweep_trial.tuned, sweep_trial.position,
	trial.*, evaluation.*, step AS steps, coalesce(val_loss, probe_loss) AS loss,
	val_loss_se AS loss_se, val_bpb AS bpb, budget_flops AS nominal_flops,
	NULL AS target_loss, NULL AS "group",
	step IS (SELECT max(step) FROM evaluation AS e WHERE e.trial = trial.id) AS last
FROM sweep_trial
JOIN trial ON trial.id = sweep_trial.trial
LEFT JOIN evaluation ON evaluation.trial = trial.id
WHERE sweep_trial.origin NOT GLOB 'halving rung*';
