/* SPDX-License-Identifier: MIT
 *
 * `worker SPEC KEY CELL`: trains one trial and tells its parent what it measures (sweep/events.h),
 * or times it for `bench --calibrate`.  Not started by people; hence no line in the overview.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/version.h"
#include "cmd/command.h"
#include "sweep/calibration.h"
#include "sweep/calibration_grid.h"
#include "sweep/checkpoint_folder.h"
#include "sweep/events.h"
#include "sweep/measurement.h"
#include "sweep/sweep.h"

struct worker_options {
	int64_t threads;
	const char *values;
	double measure_s, started_s;
	const char *checkpoints, *forks, *corpus, *called;
	int64_t checkpoint_every;
};

static const struct key options[] = {
	{"threads", KEY_INTEGER, offsetof(struct worker_options, threads), 1, 1024, 0, NULL, "1",
	 "T", "threads inside the trial"},
	{"values", KEY_TEXT, offsetof(struct worker_options, values), 0, 0, 0, NULL, "",
	 "KEY=VALUE;..", "values of tuned keys instead of the cell's own"},
	{"measure", KEY_REAL, offsetof(struct worker_options, measure_s), 0, 1e5, 0, NULL, "0",
	 "SECONDS",
	 "measure the trial's speed for so long instead; prints a row of the "
	 "calibration"},
	{"started", KEY_REAL, offsetof(struct worker_options, started_s), 0, 1e18, 0, NULL, "0",
	 "S", "with --measure: when its parent started it, on the clock of both"},
	{"checkpoints", KEY_TEXT, offsetof(struct worker_options, checkpoints), 0, 0, 0, NULL, "",
	 "FOLDER", "go on from checkpoints in this folder, and write them there"},
	{"checkpoint-every", KEY_INTEGER, offsetof(struct worker_options, checkpoint_every), 0,
	 1e15, 0, NULL, "0", "STEPS", "write one so often; 0: about every 10 s"},
	{"forks", KEY_TEXT, offsetof(struct worker_options, forks), 0, 0, 0, NULL, "", "STEP,..",
	 "steps of the trunk whose checkpoints are written and stay"},
	{"called", KEY_TEXT, offsetof(struct worker_options, called), 0, 0, 0, NULL, "", "FILE",
	 "what messages call SPEC"},
	{"corpus", KEY_TEXT, offsetof(struct worker_options, corpus), 0, 0, 0, NULL, "", "HASH",
	 "fingerprint of the corpus that its parent saw"},
};

static volatile sig_atomic_t asked_to_stop;

static void on_terminate(int number)
{
	(void)number;
	asked_to_stop = 1;
}

/* A parent that no longer reads is as good as a signal. */
static bool stop(void *context)
{
	const struct event_stream *stream = context;

	return asked_to_stop || ferror(stream->file);
}

/* What decides the bits of a training beside its key and the program. */
static void describe_machine(struct text *text, const char *backend, int threads)
{
	struct backend_info info[8];
	size_t n = backend_list(info, ARRAY_SIZE(info));

	for (size_t i = 0; i < n && i < ARRAY_SIZE(info); i++)
		if (strcmp(info[i].name, backend) == 0)
			text_printf(text, "%s: %s", backend, info[i].description);
	text_printf(text, "; %d thread%s", threads, threads > 1 ? "s" : "");
}

/* "100,200": appends to the list, which has room for as many as there are commas and one. */
static int read_forks(const char *text, int64_t *forks, size_t *n, struct error *err)
{
	for (const char *at = text; *at;) {
		char *end;
		long long step = strtoll(at, &end, 10);

		if (end == at || step <= 0 || (*end && *end != ','))
			return error_set(err, ERR_USAGE, "'%s' are no steps", text);
		forks[(*n)++] = step;
		at = *end ? end + 1 : end;
	}
	return 0;
}

static int choose_checkpoints(struct checkpoint_policy *policy, struct command_line *line,
			      const struct trial *trial, struct event_stream *stream,
			      struct error *err)
{
	const struct worker_options *o = line->options;
	int64_t *forks = arena_alloc(&line->arena, (strlen(o->forks) + 1) * sizeof(*forks));
	struct text machine = {0};

	describe_machine(&machine, backend_choices[trial->options.train.backend].name,
			 (int)o->threads);
	*policy = (struct checkpoint_policy){
		.folder = o->checkpoints,
		.key = trial->key,
		.trunk_key = trial->trunk_key[0] ? trial->trunk_key : NULL,
		.fork = trial_fork_step(trial),
		.every = o->checkpoint_every,
		.forks = forks,
		.machine = arena_strdup(&line->arena, text_string(&machine)),
		.journal = &stream->journal,
	};
	text_release(&machine);
	return read_forks(o->forks, forks, &policy->n_forks, err);
}

/* Up to the fork: later ones are of longer horizons. */
static int64_t newest_of_trunk(const struct checkpoint_policy *p)
{
	return p->trunk_key ? checkpoint_newest(p->folder, p->trunk_key, p->fork) : 0;
}

static void remove_checkpoints(const struct checkpoint_policy *p, int64_t trunk_before)
{
	int64_t step = newest_of_trunk(p);

	for (; step > trunk_before; step = checkpoint_newest(p->folder, p->trunk_key, step - 1))
		checkpoint_remove(p->folder, p->trunk_key, step);
	checkpoint_remove_all(p->folder, p->key);
}

static bool is_unchanged(const void *corpus)
{
	return corpus_check_unchanged(corpus, NULL) == 0;
}

/* Nothing that was made of a corpus which changed meanwhile is used again, however it ended. */
static int train_and_check(struct training *training, struct corpus *corpus,
			   const struct checkpoint_policy *policy, struct backend *backend,
			   const struct training_sink *sink, struct error *err)
{
	struct checkpoint_policy own = *policy;
	struct error changed = ERROR_INIT;
	int64_t trunk_before = newest_of_trunk(policy);
	int result;

	own.is_sound = is_unchanged;
	own.context = corpus;
	training->checkpoints = policy->folder[0] ? &own : NULL;
	result = training_run(training, backend, sink, err);
	if (!corpus_check_unchanged(corpus, &changed))
		return result;
	if (policy->folder[0])
		remove_checkpoints(policy, trunk_before);
	*err = changed;
	return -(int)err->code;
}

static int train_on(const struct trial *trial, const struct training_sink *sink,
		    const struct checkpoint_policy *policy, int threads, struct error *err)
{
	const struct train_options *train = &trial->options.train;
	const struct backend_options use = {threads, (enum precision)train->precision};
	struct backend *backend = NULL;
	struct corpus *corpus = NULL;
	struct training training;
	int result;

	result = corpus_open(&corpus, &trial->options.data, err);
	if (!result)
		result = backend_open(&backend, backend_choices[train->backend].name, &use, err);
	if (!result) {
		trial_training(trial, corpus, &training);
		result = train_and_check(&training, corpus, policy, backend, sink, err);
	}
	backend_close(backend);
	corpus_close(corpus);
	return result;
}

static int train(struct command_line *line, const struct trial *trial, struct error *err)
{
	const struct worker_options *o = line->options;
	struct event_stream stream = {.file = stdout};
	struct training_sink sink = event_writer(&stream);
	struct checkpoint_policy policy;
	int result = choose_checkpoints(&policy, line, trial, &stream, err);

	sink.stop = stop;
	if (!result)
		result = train_on(trial, &sink, &policy, (int)o->threads, err);
	text_release(&stream.journal);
	return result;
}

static enum trial_state end_state(int result)
{
	switch (-result) {
	case ERR_NONE:
		return TRIAL_done;
	case ERR_DIVERGED:
		return TRIAL_diverged;
	case ERR_STOPPED:
		return TRIAL_interrupted;
	default:
		return TRIAL_failed;
	}
}

static int measure(const struct trial *trial, const struct worker_options *o, struct error *err)
{
	struct cost_row row;
	struct text line = {0};
	double started_s = o->started_s > 0 ? o->started_s : (double)NAN;
	int result = measurement_take(trial, (int)o->threads, started_s, o->measure_s, &row, err);

	if (!result) {
		cost_row_write(&row, &line);
		fputs(line.data, stdout);
	}
	text_release(&line);
	return result;
}

/* Cuts "lr=0.02;train.batch_tokens=2k" up. */
static int read_values(struct command_line *line, const char *text, struct cell_choice *choice,
		       struct error *err)
{
	size_t most = 1;
	struct tuned_value *values;
	char *rest = arena_strdup(&line->arena, text);

	for (const char *c = text; *c; c++)
		most += *c == ';';
	values = arena_alloc(&line->arena, most * sizeof(*values));
	for (char *item; (item = strsep(&rest, ";"));) {
		char *equals = strchr(item, '=');

		if (!equals && item[0])
			return error_set(err, ERR_USAGE, "'%s' is no KEY=VALUE", item);
		if (!equals)
			continue;
		*equals = '\0';
		values[choice->n_values++] = (struct tuned_value){item, equals + 1};
	}
	choice->values = values;
	return 0;
}

static int load(struct sweep **sweep, struct command_line *line, struct error *err)
{
	const struct worker_options *o = line->options;
	const struct common_options *common = &line->common;
	struct cell_choice choice = {0};
	int64_t cell;

	if (!parse_integer(line->arguments[2], &cell) || cell < 0)
		return error_set(err, ERR_USAGE, "'%s' is no cell", line->arguments[2]);
	if (strcmp(line->arguments[0], CALIBRATION_GRID) == 0)
		return calibration_grid_load(sweep, common->settings, common->n_settings, err);
	choice.cell = (size_t)cell;
	if (read_values(line, o->values, &choice, err))
		return -ERR_USAGE;
	return sweep_load_cell(sweep, line->arguments[0], o->called, common->settings,
			       common->n_settings, &choice, err);
}

/* Why the cell is another trial by now than its parent planned. */
static int tell_change(const struct sweep *sweep, const char *fingerprint, struct error *err)
{
	const struct corpus_facts *now = sweep->n_trials ? sweep->trials[0]->corpus : NULL;

	if (now && fingerprint[0] && strcmp(now->hash, fingerprint) != 0)
		return error_set(
			err, ERR_DATA,
			"corpus '%s' changed while the sweep was running: its fingerprint "
			"was %.12s.. and is %.12s..; the same command trains on what it is "
			"now",
			now->name, fingerprint, now->hash);
	return error_set(err, ERR_DATA,
			 "the program changed while the sweep was running and is now %s; start the "
			 "sweep again",
			 program_version);
}

static int run(struct command_line *line, struct error *err)
{
	const struct worker_options *o = line->options;
	const struct trial *trial;
	struct sweep *sweep;
	int result;

	signal(SIGTERM, on_terminate);
	log_set_level(LOG_QUIET);
	result = load(&sweep, line, err);
	if (result)
		return result;
	trial = sweep_find(sweep, line->arguments[1]);
	if (!trial)
		result = tell_change(sweep, o->corpus, err);
	else if (o->measure_s > 0)
		result = measure(trial, o, err);
	else
		result = train(line, trial, err);
	if (o->measure_s <= 0) {
		event_write_end(stdout, end_state(result), result ? err->text : "");
		result = 0;
	}
	sweep_free(sweep);
	return result;
}

const struct command cmd_worker = {
	.name = "worker",
	.arguments = "SPEC KEY CELL",
	.min_arguments = 3,
	.max_arguments = 3,
	.summary = "",
	.examples =
		"muon-sweep run SPEC       starts workers; there is no need to start one by hand\n",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.options_size = sizeof(struct worker_options),
	.run = run,
};
