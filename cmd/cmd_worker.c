/* SPDX-License-Identifier: MIT
 *
 * `worker SPEC KEY CELL`: trains one trial and tells its parent what it measures (sweep/events.h).
 * Started by `run`, not by people; hence no line in the overview.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd/command.h"
#include "sweep/events.h"
#include "sweep/sweep.h"

struct worker_options {
	int64_t threads;
};

static const struct key options[] = {
	{"threads", KEY_INTEGER, offsetof(struct worker_options, threads), 1, 1024, 0, NULL, "1",
	 "T", "threads inside the trial"},
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
	return asked_to_stop || ferror((FILE *)context);
}

static int train(const struct trial *trial, int threads, struct error *err)
{
	const struct train_options *train = &trial->options.train;
	const struct backend_options use = {threads, (enum precision)train->precision};
	struct training_sink sink = event_writer(stdout);
	struct backend *backend = NULL;
	struct corpus *corpus = NULL;
	struct training training;
	int result;

	sink.stop = stop;
	result = corpus_open(&corpus, &trial->options.data, err);
	if (!result)
		result = backend_open(&backend, backend_choices[train->backend].name, &use, err);
	if (!result) {
		trial_training(trial, corpus, &training);
		result = training_run(&training, backend, &sink, err);
	}
	backend_close(backend);
	corpus_close(corpus);
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

/* The trial of that cell, or NULL where it is another one by now. */
static const struct trial *only_trial(const struct sweep *sweep, const char *key)
{
	bool same = sweep->n_trials == 1 && strcmp(sweep->trials[0].key, key) == 0;

	return same ? &sweep->trials[0] : NULL;
}

static int run(struct command_line *line, struct error *err)
{
	const struct worker_options *o = line->options;
	const struct trial *trial;
	struct sweep *sweep;
	int64_t cell;
	int result;

	signal(SIGTERM, on_terminate);
	log_set_level(LOG_QUIET);
	if (!parse_integer(line->arguments[2], &cell) || cell < 0)
		return error_set(err, ERR_USAGE, "'%s' is no cell", line->arguments[2]);
	result = sweep_load_cell(&sweep, line->arguments[0], line->common.settings,
				 line->common.n_settings, (size_t)cell, err);
	if (result)
		return result;
	trial = only_trial(sweep, line->arguments[1]);
	if (trial)
		result = train(trial, (int)o->threads, err);
	else
		result = error_set(err, ERR_DATA,
				   "the corpus or the program changed while the sweep was running");
	event_write_end(stdout, end_state(result), result ? err->text : "");
	sweep_free(sweep);
	return 0;
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
