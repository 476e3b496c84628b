/* SPDX-License-Identifier: MIT
 *
 * `run SPEC`: trains what is missing.
 */
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/version.h"
#include "cmd/command.h"
#include "cmd/early_stop.h"
#include "cmd/plan.h"
#include "cmd/run_command.h"
#include "cmd/run_jobs.h"
#include "cmd/run_rest.h"
#include "cmd/run_selection.h"
#include "cmd/run_watch.h"
#include "cmd/shell_word.h"
#include "cmd/sweep_store.h"
#include "cmd/tuning_lines.h"
#include "cmd/worker_arguments.h"
#include "sweep/agenda.h"
#include "sweep/checkpoint_folder.h"
#include "sweep/register.h"

#define EXIT_DIVERGED 3

static int is_wanted(void *context, const struct trial *trial, enum trial_state state,
		     struct error *err)
{
	return run_selection_wants(context, trial, state, err);
}

static const char *const *trial_words(void *context, const struct trial *trial,
				      const int64_t *forks, size_t n_forks, struct arena *arena)
{
	(void)context;
	return worker_trial_arguments(trial, forks, n_forks, arena);
}

static void each_waiting(void *agenda, void (*each)(void *to, const struct agenda_waiting *waiting),
			 void *to)
{
	agenda_each_waiting(agenda, each, to);
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

/* What failed or diverged earlier counts as much as what did in this run. */
static int exit_status(int result, const struct pool_counts *counts, const struct run_rest *rest,
		       bool fail_fast, int signal_seen)
{
	if (result == -ERR_STOPPED && counts->by_state[TRIAL_failed] && fail_fast)
		return 1;
	if (result == -ERR_STOPPED)
		return signal_seen == SIGINT ? EXIT_INTERRUPTED : EXIT_STOPPED;
	if (result)
		return result;
	if (counts->by_state[TRIAL_failed] + rest->failed)
		return 1;
	return counts->by_state[TRIAL_diverged] + rest->diverged ? EXIT_DIVERGED : 0;
}

/* The pool has ended: people and other programs are told how.  Returns the exit status, or the
 * negative code of `err`. */
static int conclude(struct run_watch *watch, const struct run_ending *ending, int status,
		    const struct error *err)
{
	const struct run_result told = {
		.counts = ending->counts,
		.left = ending->left,
		.exit_status = status < 0 ? error_exit_status((enum error_code) - status) : status,
		.stopped = status < 0 ? err->text : ending->stopped,
		.seconds = ending->seconds,
	};
	bool heard;

	run_summary_tell(&watch->summary, ending);
	heard = run_watch_end(watch, &told);
	return heard || status ? status : 1;
}

/* The path of the store, for commands to type. */
static const char *store_word(struct command_line *line)
{
	struct text word = {0};
	const char *copy;

	shell_add_path(&word, line->common.db);
	copy = arena_strdup(&line->arena, word.data);
	text_release(&word);
	return copy;
}

static int run_jobs(struct command_line *line, const struct run_options *o,
		    const struct sweep *sweep, struct store *store, struct agenda *agenda,
		    const struct agenda_orders *orders, struct error *err)
{
	struct run_rest rest = {0};
	double started_s = clock_s();
	struct run_facts facts = {sweep, line->common.db, agenda_outlook(agenda).done, (int)o->jobs,
				  (int)o->threads};
	struct pool_counts counts;
	struct run_watch watch;
	int signal_seen = 0, result, status;
	const char *const more[] = {
		"--called",
		sweep->file,
		"--checkpoints",
		orders->checkpoints,
		"--checkpoint-every",
		arena_printf(&line->arena, "%lld", (long long)o->checkpoint_every),
		NULL};
	const struct pool_config config = {
		.store = store,
		.run = orders->run,
		/* They read the text that this process has read, so that an edit of the file does
		 * not disturb them. */
		.source = agenda_source(agenda),
		.worker_argv = worker_arguments(line, "/dev/stdin", (int)o->threads, more),
		.worker_input = sweep->text,
		.jobs = (int)o->jobs,
		.fail_fast = o->fail_fast,
		.retries = (int)o->retries,
		.checkpoints = orders->checkpoints,
		.time_budget_s = o->time_budget_s,
		.hang_after_s = o->hang_after_s,
		.watch = run_watch_calls(&watch),
	};
	struct run_ending ending = {.line = line,
				    .db = store_word(line),
				    .options = o,
				    .store = store,
				    .counts = &counts,
				    .rest = &rest};

	run_watch_start(&watch, &facts, &(struct outlook_source){agenda, each_waiting},
			orders->costs, line->common.json);
	early_stop_is_late();
	result = pool_run(&config, &counts, &signal_seen, err);
	if (agenda_result(agenda, err))
		result = agenda_result(agenda, err);
	if (!result)
		result = agenda_look_again(agenda, err);
	if (!result)
		result = run_rest_find(&rest, agenda, orders->context, o, err);
	status = exit_status(result, &counts, &rest, o->fail_fast, signal_seen);
	ending.left = run_watch_stop(&watch);
	ending.shortest_s = watch.outlook.shortest_s;
	ending.stopped = result == -ERR_STOPPED ? err->text : NULL;
	ending.failed = status < 0;
	ending.seconds = clock_s() - started_s;
	return conclude(&watch, &ending, status, err);
}

static void tell_start(const struct sweep *sweep, struct agenda *agenda,
		       const struct run_options *o)
{
	struct agenda_outlook outlook = agenda_outlook(agenda);
	size_t at_once = (size_t)o->jobs;
	bool tuning = tuner_waiting(agenda_tuner(agenda)).groups > 0;

	if (at_once > outlook.jobs && !tuning)
		at_once = outlook.jobs;
	log_info("%s: %zu trial%s, %zu done, %zu to train with %zu at once%s", sweep->name,
		 sweep->n_trials, sweep->n_trials == 1 ? "" : "s", outlook.done, outlook.jobs,
		 at_once, tuning ? "; the tuning may add more" : "");
}

/* For whoever wants to go on with it. */
static int put_command(const struct command_line *line, const struct sweep *sweep,
		       struct store *store, struct error *err)
{
	const struct run_options *o = line->options;
	struct text command = {0};
	int result;

	run_command_add(&command, line);
	result = store_put_command(store, sweep->name, command.data,
				   o->shard.count > 1 ? o->shard_text : NULL, err);
	text_release(&command);
	return result;
}

/* What the store knows and what is put into it are one transaction: nothing that another process
 * adds to the sweep comes in between. */
static int make_agenda(struct agenda **agenda, const struct command_line *line, struct sweep *sweep,
		       struct store *store, struct error *err)
{
	int result = store_begin(store, err);

	*agenda = NULL;
	if (!result)
		result = agenda_new(agenda, sweep, store, err);
	if (!result)
		result = sweep_register(sweep, store, err);
	if (!result)
		result = put_command(line, sweep, store, err);
	if (!result)
		result = store_commit(store, err);
	return result;
}

/* What the sweep and the store say is registered and trained. */
static int train(struct command_line *line, struct run_options *o, struct sweep *sweep,
		 struct store *store, struct cost_model *model, struct error *err)
{
	struct run_selection *selection;
	struct agenda_orders orders = {
		.wants = is_wanted,
		.arguments = trial_words,
		.checkpoints = checkpoints_of(line),
		.costs = model,
		.run = describe_run(o, &line->arena),
		.limit = (size_t)o->limit,
	};
	struct agenda *agenda = NULL;
	int result = run_selection_new(&selection, o, sweep, store, err);

	orders.context = selection;
	if (!result)
		result = make_agenda(&agenda, line, sweep, store, err);
	if (!result)
		result = agenda_start(agenda, &orders, err);
	if (!result) {
		agenda_tidy(agenda);
		tell_start(sweep, agenda, o);
		result = run_jobs(line, o, sweep, store, agenda, &orders, err);
		agenda_tidy(agenda);
		tuning_log(agenda);
	}
	agenda_free(agenda);
	run_selection_free(selection);
	return result;
}

static int train_missing(struct command_line *line, struct run_options *o, struct sweep *sweep,
			 struct error *err)
{
	struct store *store = NULL;
	struct calibration known;
	struct cost_model *model;
	int result = sweep_check_corpora(sweep, err);

	calibration_load(&known);
	model = cost_model_new(known.rows, known.n);
	if (!result)
		result = store_open(&store, line->common.db, STORE_WRITE, err);
	if (!result)
		result = train(line, o, sweep, store, model, err);
	cost_model_free(model);
	calibration_release(&known);
	store_close(store);
	return result;
}

static void override_train(struct command_line *line, const char *key, const char *value)
{
	if (value[0])
		command_line_add_setting(line,
					 arena_printf(&line->arena, "train.%s=%s", key, value));
}

static int load_and_train(struct command_line *line, struct run_options *o, struct error *err)
{
	struct sweep *sweep;
	int result = sweep_load(&sweep, line->arguments[0], line->common.settings,
				line->common.n_settings, err);

	if (result)
		return result;
	sweep_tell(sweep);
	run_jobs_by_memory(o, sweep);
	run_jobs_warn(o, sweep->n_trials);
	result = train_missing(line, o, sweep, err);
	sweep_free(sweep);
	return result;
}

static int run(struct command_line *line, struct error *err)
{
	struct run_options *o = line->options;
	struct early_stop stop;
	int result = run_options_check(o, err);

	if (result)
		return result;
	override_train(line, "backend", o->backend);
	override_train(line, "precision", o->precision);
	run_jobs_by_cores(o);
	if (o->dry_run)
		return plan_print(
			line, &(struct plan_wish){(int)o->jobs, (int)o->threads, o->shard}, err);
	early_stop_catch(&stop);
	result = load_and_train(line, o, err);
	early_stop_release(&stop);
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
		"is never\ntrained again; an interrupted one goes on from its last checkpoint.  "
		"Each trial is a\nprocess of its own.  As many trials as cores, with one thread "
		"each, "
		"is the fastest way\nthrough a sweep; threads are for fewer trials than cores, and "
		"for models of which few\nfit into memory.\n"
		"What is missing was never finished: it is planned or interrupted.  A failed trial "
		"is not\ntried again before --only failed asks for it, nor a diverged one before "
		"--only diverged;\nuntil then they count for the exit status.\n"
		"SIGINT or SIGTERM, and the end of the time budget, make running trials write a "
		"checkpoint\nand stop; a second SIGINT stops at once.  --json prints events, one "
		"object per line\n(docs/events.md).  Exit status: 0 all done, 1 some failed, 3 "
		"some "
		"diverged, 4 stopped by\nSIGTERM or the budget, 130 by SIGINT.",
	.options = run_option_keys,
	.n_options = N_RUN_OPTION_KEYS,
	.options_size = sizeof(struct run_options),
	.run = run,
};
