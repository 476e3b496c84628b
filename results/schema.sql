-- SPDX-License-Identifier: MIT
--
-- The tables of the store, version 2: what a new one gets.  An older one is brought here by
-- results/migrations, version by version.  Public and stable are the views loss_vs_flops and
-- telemetry (views.sql); everything else may change with a migration (results/store_open.c).
--
-- Units: losses in nats per token, seconds, FLOPs; moments in seconds since 1970.

CREATE TABLE sweep (
	name    TEXT PRIMARY KEY NOT NULL,
	spec    TEXT NOT NULL,            -- the sweep file as read
	created REAL NOT NULL,
	updated REAL NOT NULL,
	-- since version 2
	command TEXT,                     -- the last `run` of it, as one types it again
	shard   TEXT                      -- "K/N" where that was of a part
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
	finished         REAL,
	-- since version 2
	process          TEXT,                      -- tells `pid` from later ones of that number
	log              TEXT,                      -- the last lines of a failed worker
	weights_hash     TEXT,                      -- of the trained weights
	tries            INTEGER NOT NULL DEFAULT 0 -- times it was claimed, each for a worker
);
CREATE INDEX trial_trunk ON trial(trunk_key);
CREATE INDEX trial_running ON trial(state) WHERE state = 'running';

CREATE TABLE sweep_trial (
	sweep    TEXT NOT NULL REFERENCES sweep(name),
	trial    INTEGER NOT NULL REFERENCES trial(id),
	label    TEXT NOT NULL,            -- the arm
	tuned    TEXT NOT NULL,            -- keys that were tuned: "lr,weight_decay"
	position INTEGER NOT NULL,         -- order in the plan
	origin   TEXT NOT NULL DEFAULT 'grid', -- what asked for it: grid, or a step of the tuning
	PRIMARY KEY (sweep, trial, label)
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
