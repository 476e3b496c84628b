-- SPDX-License-Identifier: MIT
--
-- The store, version 1.  Public and stable are the views loss_vs_flops and telemetry;
-- everything else may change with a migration (results/store_open.c).
--
-- Units: losses in nats per token, seconds, FLOPs; moments in seconds since 1970.

CREATE TABLE sweep (
	name    TEXT PRIMARY KEY NOT NULL,
	spec    TEXT NOT NULL,            -- the sweep file as read
	created REAL NOT NULL,
	updated REAL NOT NULL
) WITHOUT ROWID;

CREATE TABLE trial (
	id               INTEGER PRIMARY KEY,
	trial_key        TEXT NOT NULL UNIQUE,
	state            TEXT NOT NULL DEFAULT 'planned' CHECK (state IN
	                 ('planned', 'running', 'done', 'diverged', 'failed', 'interrupted')),
	reason           TEXT,             -- why it failed, diverged or was interrupted
	-- what decides its numbers
	optimizer        TEXT,
	family           TEXT,
	params           INTEGER,
	params_hidden    INTEGER,
	params_embedding INTEGER,
	params_head      INTEGER,
	params_norm      INTEGER,
	d_model          INTEGER,
	n_layers         INTEGER,
	context          INTEGER,
	vocab            INTEGER,
	lr               REAL,
	weight_decay     REAL,
	batch_tokens     INTEGER,
	schedule         TEXT,
	warmup           REAL,
	decay            REAL,
	grad_clip        REAL,
	beta1            REAL,
	beta2            REAL,
	momentum         REAL,
	lr_scale         TEXT,
	update_rms       REAL,
	ns_steps         INTEGER,
	adamw_lr_ratio   REAL,
	seed             INTEGER,
	init_seed        INTEGER,
	data_seed        INTEGER,
	corpus           TEXT,
	budget_flops     REAL,             -- nominal
	steps_total      INTEGER,
	tokens_total     INTEGER,
	flops_total      REAL,
	precision        TEXT,
	backend          TEXT,
	trunk_key        TEXT,
	resolved_spec    TEXT,             -- canonical JSON; its hash is the key
	-- who runs or ran it
	host             TEXT,
	pid              INTEGER,
	version          TEXT,
	blas             TEXT,
	jobs             INTEGER,
	threads          INTEGER,
	created          REAL NOT NULL,
	started          REAL,
	heartbeat        REAL,
	finished         REAL
);

CREATE TABLE sweep_trial (
	sweep    TEXT NOT NULL REFERENCES sweep(name),
	trial    INTEGER NOT NULL REFERENCES trial(id),
	label    TEXT NOT NULL,            -- the arm
	tuned    TEXT NOT NULL,            -- keys that were tuned: "lr,weight_decay"
	position INTEGER NOT NULL,         -- order in the plan
	PRIMARY KEY (sweep, trial)
) WITHOUT ROWID;
CREATE INDEX sweep_trial_trial ON sweep_trial(trial);

CREATE TABLE evaluation (
	trial                 INTEGER NOT NULL REFERENCES trial(id),
	step                  INTEGER NOT NULL,
	tokens                INTEGER,
	epochs                REAL,
	flops                 REAL,
	flops_attention       REAL,
	flops_head            REAL,
	flops_6nd             REAL,
	flops_optimizer       REAL,
	flops_optimizer_plain REAL,
	seconds               REAL,
	seconds_forward       REAL,
	seconds_backward      REAL,
	seconds_optimizer     REAL,
	seconds_eval          REAL,
	train_loss            REAL,
	probe_loss            REAL,
	val_loss              REAL,
	val_loss_se           REAL,
	val_bpb               REAL,
	test_loss             REAL,
	final                 INTEGER NOT NULL CHECK (final IN (0, 1)),
	PRIMARY KEY (trial, step)
) WITHOUT ROWID;

CREATE TABLE measurement (
	trial  INTEGER NOT NULL REFERENCES trial(id),
	step   INTEGER NOT NULL,
	layer  INTEGER NOT NULL,           -- -1: the whole model
	role   TEXT NOT NULL,
	metric TEXT NOT NULL,
	value  REAL,
	PRIMARY KEY (trial, step, layer, role, metric)
) WITHOUT ROWID;

-- Sums over the documents of a bucket, for paired intervals.
CREATE TABLE bucket (
	trial  INTEGER NOT NULL REFERENCES trial(id),
	slice  TEXT NOT NULL CHECK (slice IN ('val', 'test')),
	bucket INTEGER NOT NULL,
	nats   REAL NOT NULL,
	tokens INTEGER NOT NULL,
	PRIMARY KEY (trial, slice, bucket)
) WITHOUT ROWID;

CREATE TABLE corpus (
	content_hash TEXT PRIMARY KEY NOT NULL,
	name         TEXT NOT NULL,
	provenance   TEXT NOT NULL,        -- package, version, checksums
	recorded     REAL NOT NULL
) WITHOUT ROWID;

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
-- one row.
CREATE VIEW observation AS
SELECT sweep_trial.sweep, sweep_trial.label, sweep_trial.tuned, sweep_trial.position,
	trial.*, evaluation.*, step AS steps, coalesce(val_loss, probe_loss) AS loss,
	val_loss_se AS loss_se, val_bpb AS bpb, budget_flops AS nominal_flops,
	NULL AS target_loss, NULL AS "group",
	step IS (SELECT max(step) FROM evaluation AS e WHERE e.trial = trial.id) AS last
FROM sweep_trial
JOIN trial ON trial.id = sweep_trial.trial
LEFT JOIN evaluation ON evaluation.trial = trial.id;
