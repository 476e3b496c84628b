-- SPDX-License-Identifier: MIT
--
-- Version 2: a trial may belong to several arms of a sweep; the command that goes on with it; which
-- process runs a trial; what a failed worker said last; the hash of the trained weights; trunks, and
-- what runs, are found by an index.  The views are gone while this runs.

ALTER TABLE sweep ADD COLUMN command TEXT;
ALTER TABLE sweep ADD COLUMN shard TEXT;
ALTER TABLE trial ADD COLUMN process TEXT;
ALTER TABLE trial ADD COLUMN log TEXT;
ALTER TABLE trial ADD COLUMN weights_hash TEXT;
ALTER TABLE trial ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
CREATE INDEX trial_trunk ON trial(trunk_key);
CREATE INDEX trial_running ON trial(state) WHERE state = 'running';

CREATE TABLE sweep_trial_new (
	sweep    TEXT NOT NULL REFERENCES sweep(name),
	trial    INTEGER NOT NULL REFERENCES trial(id),
	label    TEXT NOT NULL,            -- the arm
	tuned    TEXT NOT NULL,            -- keys that were tuned: "lr,weight_decay"
	position INTEGER NOT NULL,         -- order in the plan
	origin   TEXT NOT NULL DEFAULT 'grid', -- what asked for it: grid, or a step of the tuning
	PRIMARY KEY (sweep, trial, label)
) WITHOUT ROWID;
INSERT INTO sweep_trial_new(sweep, trial, label, tuned, position)
SELECT sweep, trial, label, tuned, position FROM sweep_trial;
DROP TABLE sweep_trial;
ALTER TABLE sweep_trial_new RENAME TO sweep_trial;
CREATE INDEX sweep_trial_trial ON sweep_trial(trial);
