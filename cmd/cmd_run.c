/* SPDX-License-Identifier: MIT
 *
 * `run SPEC`: trains what is missing.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/log.h"
#include "base/version.h"
#include "cmd/command.h"
#include "cmd/plan.h"
#include "cmd/run_watch.h"
#include "cmd/sweep_store.h"
#include "cmd/worker_arguments.h"
#include "sweep/checkpoint_folder.h"
#include "sweep/cost_model.h"
#include "sweep/pool.h"
#include "sweep/sweep.h"

#define EXIT_DIVERGED	 3
#define EXIT_STOPPED	 4
#define EXIT_INTERRUPTED 130

enum only { ONLY_MISSING, ONLY_FAILED, ONLY_DIVERGED, ONLY_INTERRUPTED };

static const struct key_choice only_choices[] = {
	[ONLY_MISSING] = {"missing", NULL, "never finished: planned or interrupted"},
	[ONLY_FAILED] = {"failed", NULL, "failed"},
	[ONLY_DIVERGED] = {"diverged", NULL, "diverged"},
	[ONLY_INTERRUPTED] = {"interrupted", NULL, "interrupted"},
	{0},
};

struct run_options {
	int64_t jobs, threads, limit, retries;
	const char *backend, *precision, *time_budget;
	int only;
	bool dry_run, fail_fast, keep_going;
};

#define FIELD(name) offsetof(struct run_options, name)

static const struct key options[] = {
	{"jobs", KEY_INTEGER, FIELD(jobs), 0, 4096, 0, NULL, "0", "J",
	 "trials at once; 0: cores / threads. Filling all cores, each keeps to its own"},
	{"threads", KEY_INTEGER, FIELD(threads), 1, 1024, 0, NULL, "1", "T",
	 "threads inside a trial"},
	{"backend", KEY_TEXT, FIELD(backend), 0, 0, 0, NULL, "", "NAME",
	 "backend, instead of the sweep file's (train.backend)"},
	{"precision", KEY_TEXT, FIELD(precision), 0, 0, 0, NULL, "", "fp32|bf16",
	 "of matrix products, instead of the sweep file's (train.precision)"},
	{"time-budget", KEY_TEXT, FIELD(time_budget), 0, 0, 0, NULL, "", "TIME",
	 "stop after this long: 90s, 30m, 8h, 2d"},
	{"only", KEY_CHOICE, FIELD(only), 0, 0, 0, only_choices, "missing", "STATE",
	 "which trials to train"},
	{"limit", KEY_INTEGER, FIELD(limit), 0, 1e9, 0, NULL, "0", "N",
	 "train at most N trials; 0: all"},
	{"retries", KEY_INTEGER, FIELD(retries), 0, 100, 0, NULL, "0", "N",
	 "try a failed trial again"},
	{"fail-fast", KEY_BOOL, FIELD(fail_fast), 0, 0, 0, NULL, "no", NULL,
	 "stop at the first failure"},
	{"keep-going", KEY_BOOL, FIELD(keep_going), 0, 0, 0, NULL, "no", NULL,
	 "go on after a failure (the default)"},
	{"dry-run", KEY_BOOL, FIELD(dry_run), 0, 0, 0, NULL, "no", NULL, "the same as plan"},
};

/* "90s", "30m", "8h", "2d" or seconds. */
static int parse_duration(const char *text, double *seconds, struct error *err)
{
	static const struct {
		char unit;
		double factor;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	char *end;
	double value = strtod(text, &end), factor = *end ? 0 : 1;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (end != text && *end == units[i].unit && end[1] == '\0')
			factor = units[i].factor;
	if (end == text || factor <= 0 || !(value > 0) || !isfinite(value))
		return error_set(
			err, ERR_USAGE,
			"option '--time-budget' must be a time such as 90s, 30m, 8h or 2d, "
			"not '%s'",
			text);
	*seconds = value * factor;
	return 0;
}

static bool is_wanted(enum trial_state state, enum only only)
{
	switch (only) {
	case ONLY_MISSING:
		return trial_is_missing(state);
	case ONLY_FAILED:
		return state == TRIAL_failed;
	case ONLY_DIVERGED:
		return state == TRIAL_diverged;
	case ONLY_INTERRUPTED:
		return state == TRIAL_interrupted;
	}
	return false;
}

struct job_list {
	struct pool_job *jobs;
	size_t n;
	size_t done; /* already in the store */
};

static int longest_first(const void *a, const void *b)
{
	const struct pool_job *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? 1 : -1;
	return strcmp(x->trial_key, y->trial_key);
}

/* Seconds of each job, with as many at once as there are. */
static void estimate(const struct run_options *o, struct cost_model *model, struct job_list *list)
{
	size_t limit = o->limit > 0 && list->n > (size_t)o->limit ? (size_t)o->limit : list->n;
	int at_once = cores_at_once((int)o->jobs, limit);

	for (size_t i = 0; i < list->n; i++) {
		const struct trial *trial = list->jobs[i].trial;
		struct cost_shape shape = cost_shape_of(trial, (int)o->threads, at_once);

		list->jobs[i].cost = cost_model_seconds(model, trial, &shape);
	}
	qsort(list->jobs, list->n, sizeof(*list->jobs), longest_first);
	list->n = limit;
}

static int list_jobs(const struct sweep *sweep, struct store *store, const struct run_options *o,
		     struct cost_model *model, struct arena *arena, struct job_list *list,
		     struct error *err)
{
	list->jobs = arena_alloc(arena, (sweep->n_trials + 1) * sizeof(*list->jobs));
	for (size_t i = 0; i < sweep->n_trials; i++) {
		const struct trial *trial = sweep->trials[i];
		struct trial_status status;
		struct text title = {0};
		int result = store_trial_status(store, trial->key, &status, err);

		if (result)
			return result;
		list->done += status.state == TRIAL_done;
		if (trial->same_as || !is_wanted(status.state, (enum only)o->only))
			continue;
		trial_title(trial, &title);
		list->jobs[list->n++] = (struct pool_job){
			.trial_key = trial->key,
			.title = arena_strdup(arena, text_string(&title)),
			.arguments = worker_trial_arguments(trial, arena),
			.trial = trial,
		};
		text_release(&title);
	}
	estimate(o, model, list);
	return 0;
}

static const char *checkpoints_of(struct command_line *line)
{
	struct text folder = {0};
	const char *copy;

	checkpoint_folder(&folder, line->common.db);
	copy = arena_strdup(&line->arena, folder.data);
	text_release(&folder);
	return copy;
}

/* A diverged trial is claimed by nobody, unless it is asked for; then it starts over. */
static int requeue_diverged(struct command_line *line, const struct job_list *list,
			    const struct run_options *o, struct store *store, struct error *err)
{
	const char *checkpoints = checkpoints_of(line);
	int result = 0;

	for (size_t i = 0; o->only == ONLY_DIVERGED && i < list->n && !result; i++) {
		const struct trial *trial = list->jobs[i].trial;

		result = store_requeue(store, trial->key, err);
		checkpoint_remove_all(checkpoints, trial->key);
		if (trial->trunk_key[0])
			checkpoint_remove_all(checkpoints, trial->trunk_key);
	}
	return result;
}

static struct trial_run describe_run(const struct run_options *o, struct arena *arena)
{
	char host[256] = "";
	struct text blas = {0};
	struct trial_run run;

	gethostname(host, sizeof(host) - 1);
	backend_describe_blas(&blas);
	run = (struct trial_run){
		.host = arena_strdup(arena, host),
		.version = program_version,
		.blas = arena_strdup(arena, text_string(&blas)),
		.pid = (int)getpid(),
		.jobs = (int)o->jobs,
		.threads = (int)o->threads,
	};
	text_release(&blas);
	return run;
}

static void summarise(const struct pool_counts *counts, const struct command_line *line,
		      double started_s)
{
	const size_t *by_state = counts->by_state;
	char took[SHORT_TEXT];

	format_duration(took, clock_s() - started_s);
	log_info("%zu done, %zu diverged, %zu failed, %zu interrupted in %s", by_state[TRIAL_done],
		 by_state[TRIAL_diverged], by_state[TRIAL_failed], by_state[TRIAL_interrupted],
		 took);
	if (counts->elsewhere)
		log_info("%zu trials were taken by another process", counts->elsewhere);
	if (by_state[TRIAL_failed])
		log_info("to try the failed ones again: muon-sweep run %s --db %s --only failed",
			 line->arguments[0], line->common.db);
}

static int exit_status(const struct pool_counts *counts)
{
	if (counts->by_state[TRIAL_failed])
		return 1;
	return counts->by_state[TRIAL_diverged] ? EXIT_DIVERGED : 0;
}

static int run_jobs(struct command_line *line, const struct run_options *o,
		    const struct sweep *sweep, struct store *store, const struct job_list *list,
		    double time_budget_s, struct error *err)
{
	double started_s = clock_s();
	const char *checkpoints = checkpoints_of(line);
	struct pool_counts counts;
	struct run_watch watch;
	struct pool_list jobs = {list->jobs, list->n, 0};
	int signal_seen = 0, result;
	const char *const more[] = {"--checkpoints", checkpoints, NULL};
	const struct pool_config config = {
		.store = store,
		.run = describe_run(o, &line->arena),
		/* They read the text that this process has read, so that an edit of the file does
		 * not disturb them. */
		.source = pool_list_source(&jobs),
		.worker_argv = worker_arguments(line, "/dev/stdin", (int)o->threads, more),
		.worker_input = sweep->text,
		.jobs = (int)o->jobs,
		.fail_fast = o->fail_fast,
		.retries = (int)o->retries,
		.checkpoints = checkpoints,
		.time_budget_s = time_budget_s,
		.watch = {&watch, run_watch_tick, run_watch_ended},
	};

	run_watch_start(&watch, sweep, &config, list->jobs, list->n);
	result = pool_run(&config, &counts, &signal_seen, err);
	run_watch_end(&watch);
	summarise(&counts, line, started_s);
	if (result == -ERR_STOPPED && counts.by_state[TRIAL_failed] && o->fail_fast)
		return 1;
	if (result == -ERR_STOPPED) {
		log_info("%s; everything that was measured is in '%s'; the same command goes on",
			 err->text, line->common.db);
		return signal_seen == SIGINT ? EXIT_INTERRUPTED : EXIT_STOPPED;
	}
	return result ? result : exit_status(&counts);
}

static int train_missing(struct command_line *line, struct run_options *o,
			 const struct sweep *sweep, double time_budget_s, struct error *err)
{
	struct job_list list = {0};
	struct store *store = NULL;
	struct calibration known;
	struct cost_model *model;
	int result = sweep_check_corpora(sweep, err);

	calibration_load(&known);
	model = cost_model_new(known.rows, known.n);

	if (!result)
		result = store_open(&store, line->common.db, STORE_WRITE, err);
	if (!result)
		result = sweep_register(sweep, store, err);
	if (!result)
		result = list_jobs(sweep, store, o, model, &line->arena, &list, err);
	if (!result)
		result = requeue_diverged(line, &list, o, store, err);
	if (!result) {
		log_info("%s: %zu trials, %zu done, %zu to train with %lld at once", sweep->name,
			 sweep->n_trials, list.done, list.n, (long long)o->jobs);
		result = run_jobs(line, o, sweep, store, &list, time_budget_s, err);
	}
	if (result == 0 || result == EXIT_DIVERGED)
		log_info("next: muon-sweep fit --db %s", line->common.db);
	cost_model_free(model);
	calibration_release(&known);
	store_close(store);
	return result;
}

static void choose_jobs(struct run_options *o)
{
	int cores = cores_allowed();

	if (o->jobs == 0)
		o->jobs = cores_jobs((int)o->threads);
	if (o->jobs * o->threads > cores)
		log_warn("%lld trials of %lld threads share %d cores", (long long)o->jobs,
			 (long long)o->threads, cores);
}

static void override_train(struct command_line *line, const char *key, const char *value)
{
	if (value[0])
		command_line_add_setting(line,
					 arena_printf(&line->arena, "train.%s=%s", key, value));
}

/* Until the pool catches signals there is nothing to save: neither trials nor rows. */
static void stop_before_the_start(int number)
{
	(void)number;
	_exit(EXIT_STOPPED);
}

static int run(struct command_line *line, struct error *err)
{
	struct run_options *o = line->options;
	double time_budget_s = 0;
	struct sweep *sweep;
	int result;

	signal(SIGTERM, stop_before_the_start);
	if (o->time_budget[0] && parse_duration(o->time_budget, &time_budget_s, err))
		return -ERR_USAGE;
	if (o->keep_going && o->fail_fast)
		return error_set(err, ERR_USAGE,
				 "'--keep-going' and '--fail-fast' exclude each other");
	override_train(line, "backend", o->backend);
	override_train(line, "precision", o->precision);
	choose_jobs(o);
	if (o->dry_run)
		return plan_print(line, (int)o->threads, (int)o->jobs, err);
	result = sweep_load(&sweep, line->arguments[0], line->common.settings,
			    line->common.n_settings, err);
	if (result)
		return result;
	sweep_tell(sweep);
	result = train_missing(line, o, sweep, time_budget_s, err);
	sweep_free(sweep);
	return result;
}

const struct command cmd_run = {
	.name = "run",
	.arguments = "SPEC",
	.min_arguments = 1,
	.max_arguments = 1,
	.summary = "train what is missing",
	.examples = "muon-sweep run quickstart\n"
		    "muon-sweep run study.yaml --db study.db --time-budget 8h\n",
	.details =
		"SPEC is a sweep file or the name of a preset.  A trial that is done in the store "
		"is "
		"never\ntrained again; an interrupted one goes on from its last checkpoint.  "
		"Each trial is a\nprocess of its own.  "
		"As many trials as cores, with one thread each, is the fastest way through a "
		"sweep;\nthreads are for fewer trials than cores, and for models of which few "
		"fit into memory.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.options_size = sizeof(struct run_options),
	.run = run,
};
