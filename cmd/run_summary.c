/* SPDX-License-Identifier: MIT */
#include "cmd/run_summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cmd/failure_words.h"
#include "cmd/shell_word.h"
#include "results/store.h"

#define KINDS_SHOWN  5 /* of failures */
#define TITLES_SHOWN 3 /* of each kind */
#define LOG_LINES    5 /* of the first of each */

struct run_failure {
	const char *trial_key, *title, *reason;
	bool told;
};

void run_summary_release(struct run_summary *summary)
{
	free(summary->failures);
	arena_release(&summary->arena);
}

void run_summary_note(struct run_summary *s, const struct pool_job *job, const struct pool_end *end)
{
	if (end->state != TRIAL_failed)
		return;
	s->failures = grow_array(s->failures, &s->capacity, s->n + 1, sizeof(*s->failures));
	s->failures[s->n++] = (struct run_failure){arena_strdup(&s->arena, job->trial_key),
						   arena_strdup(&s->arena, job->title),
						   arena_strdup(&s->arena, end->reason), false};
}

/* --- commands to type --- */

static void add_word(struct text *text, const char *word)
{
	text_add_char(text, ' ');
	shell_add_word(text, word);
}

/* The run again, with what makes its numbers the same. */
static void add_run(struct text *text, const struct command_line *line)
{
	text_add(text, "muon-sweep run");
	add_word(text, line->arguments[0]);
	text_add(text, " --db");
	add_word(text, line->common.db);
	for (size_t i = 0; i < line->common.n_settings; i++) {
		text_add(text, " -s");
		add_word(text, line->common.settings[i]);
	}
}

/* Words, and the run again with further options behind it. */
static void tell_again(const struct run_ending *ending, const char *words, const char *more)
{
	struct text command = {0};

	add_run(&command, ending->line);
	if (ending->options->shard.count > 1)
		text_printf(&command, " --shard %s", ending->options->shard_text);
	if (ending->options->threads > 1)
		text_printf(&command, " --threads %lld", (long long)ending->options->threads);
	log_info("%s: %s%s", words, command.data, more);
	text_release(&command);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* --- failures --- */

static void tell_log(struct store *store, const char *trial_key)
{
	struct error err = ERROR_INIT;
	struct text log = {0}, lines = {0};

	if (!store_trial_log(store, trial_key, &log, &err) && log.length > 0)
		add_last_lines(&lines, log.data, LOG_LINES, "    | ");
	for (const char *at = text_string(&lines); *at;) {
		size_t length = strcspn(at, "\n");

		log_info("%.*s", (int)length, at);
		at += length + 1;
	}
	text_release(&lines);
	text_release(&log);
}

/* The failure and the later ones of its kind, which are told then; returns how many. */
static size_t tell_kind(struct run_summary *s, size_t first, struct store *store)
{
	const char *reason = s->failures[first].reason;
	bool same = true;
	size_t n = 0;

	for (size_t i = first; i < s->n; i++) {
		const struct run_failure *f = &s->failures[i];

		if (f->told || !reasons_are_alike(f->reason, reason))
			continue;
		same = same && strcmp(f->reason, reason) == 0;
		n++;
	}
	if (n == 1)
		log_info("failed: %s: %s", s->failures[first].title, reason);
	else
		log_info("%zu failed%s: %s", n, same ? "" : ", the first of them", reason);
	for (size_t i = first, shown = 0; i < s->n; i++) {
		struct run_failure *f = &s->failures[i];

		if (f->told || !reasons_are_alike(f->reason, reason))
			continue;
		f->told = true;
		if (n > 1 && shown++ < TITLES_SHOWN)
			log_info("    %s", f->title);
	}
	if (n > TITLES_SHOWN)
		log_info("    and %zu more", n - TITLES_SHOWN);
	tell_log(store, s->failures[first].trial_key);
	return n;
}

static void tell_failures(struct run_summary *s, const struct run_ending *ending)
{
	size_t told = 0;
	int kinds = 0;

	for (size_t i = 0; i < s->n && kinds < KINDS_SHOWN; i++)
		if (!s->failures[i].told) {
			told += tell_kind(s, i, ending->store);
			kinds++;
		}
	if (s->n > told)
		log_info("%zu more failed for other reasons: muon-sweep status --db %s",
			 s->n - told, ending->db);
}

/* Those of other runs are as much in the way of a fit. */
static void tell_remedy(const struct run_ending *e)
{
	size_t now = e->counts->by_state[TRIAL_failed], all = e->rest->all_failed,
	       earlier = all > now ? all - now : 0;
	const char *them = (now > 0 ? now : earlier) == 1 ? "it" : "them";
	char words[100];

	if (now > 0 && earlier > 0)
		snprintf(words, sizeof(words), "to try %s and %zu that failed earlier again", them,
			 earlier);
	else if (now > 0)
		snprintf(words, sizeof(words), "to try %s again", them);
	else
		snprintf(words, sizeof(words), "%zu failed earlier; to try %s again", earlier,
			 them);
	if (now + earlier > 0)
		tell_again(e, words, " --only failed");
}

static void tell_divergence(const struct run_ending *e)
{
	size_t now = e->counts->by_state[TRIAL_diverged], all = e->rest->all_diverged;
	struct text earlier = {0};

	if (all > now)
		text_printf(&earlier, "%zu diverged earlier; ", all - now);
	if (now + all > 0)
		log_info("%sa diverged trial would diverge again; 'muon-sweep status --db %s' "
			 "lists them",
			 text_string(&earlier), e->db);
	text_release(&earlier);
}

/* --- the rest --- */

static void tell_stop(const struct run_ending *e)
{
	size_t stopped = e->counts->by_state[TRIAL_interrupted];
	char shortest[SHORT_TEXT];

	log_info("%s; %zu trial%s stopped on the way, %zu not started", e->stopped, stopped,
		 plural(stopped), e->left);
	if (e->options->time_budget_s > 0 && e->left > 0 &&
	    e->shortest_s > e->options->time_budget_s)
		log_info("the shortest that is left is expected to take %s, which a time budget of "
			 "%s never has room for",
			 format_duration(shortest, e->shortest_s), e->options->time_budget);
	else
		log_info("everything that was measured is in '%s'; the same command goes on",
			 e->line->common.db);
}

/* The command that goes on with the sweep; false: all that can be trained is. */
static bool tell_left(const struct run_ending *e)
{
	size_t missing = e->rest->missing;
	char words[100] = "the tuning is not finished";

	if (missing > 0)
		snprintf(words, sizeof(words), "%zu trial%s left%s", missing,
			 missing == 1 ? " is" : "s are",
			 e->rest->running ? ", some of them running elsewhere" : "");
	if (missing > 0 || e->rest->tuning)
		tell_again(e, words, "");
	return missing > 0 || e->rest->tuning;
}

/* A store of all shards, which is none of theirs. */
static const char *merged_name(const char *db)
{
	return strcmp(db, "merged.db") == 0 ? "all.db" : "merged.db";
}

static void tell_next(const struct run_ending *e)
{
	if (e->options->where[0] && e->rest->covered == 0)
		log_warn("no trial of the sweep fulfils --where: %s%s", e->options->where,
			 strchr(e->options->where, '"') ? "; a text is written in single quotes"
							: "");
	if (tell_left(e) || e->rest->all_failed > 0)
		return;
	if (e->options->shard.count > 1)
		log_info("next, when all %d shards are done: muon-sweep merge STORE... --db %s",
			 e->options->shard.count, merged_name(e->line->common.db));
	else
		log_info("next: muon-sweep fit --db %s, then plot frontier or report", e->db);
}

void run_summary_tell(struct run_summary *summary, const struct run_ending *e)
{
	const size_t *by_state = e->counts->by_state;
	char took[SHORT_TEXT];

	log_info("%zu done, %zu diverged, %zu failed, %zu interrupted in %s", by_state[TRIAL_done],
		 by_state[TRIAL_diverged], by_state[TRIAL_failed], by_state[TRIAL_interrupted],
		 format_duration(took, e->seconds));
	if (e->counts->elsewhere)
		log_info("%zu trial%s taken by another process", e->counts->elsewhere,
			 e->counts->elsewhere == 1 ? " was" : "s were");
	tell_failures(summary, e);
	tell_remedy(e);
	tell_divergence(e);
	if (e->stopped)
		tell_stop(e);
	else if (!e->failed)
		tell_next(e);
}
