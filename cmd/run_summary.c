/* SPDX-License-Identifier: MIT */
#include "cmd/run_summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cmd/failure_words.h"
#include "cmd/run_command.h"
#include "results/store.h"

#define KINDS_SHOWN  5 /* of failures */
#define TITLES_SHOWN 3 /* of each kind */
#define LOG_LINES    5 /* of the first of each */

struct run_failure {
	const char *trial_key, *title, *reason;
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
						   arena_strdup(&s->arena, end->reason)};
}

/* --- commands to type --- */

/* Words, and the run again with further options behind it. */
static void tell_again(const struct run_ending *ending, const char *words, const char *more)
{
	struct text command = {0};

	run_command_add(&command, ending->line);
	run_command_add_place(&command, ending->line->common.db,
			      ending->options->shard.count > 1 ? ending->options->shard_text
							       : NULL);
	log_info("%s: %s%s", words, command.data, more);
	text_release(&command);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* --- failures --- */

static void tell_log(struct store *store, const struct run_failure *failure)
{
	struct error err = ERROR_INIT;
	struct text log = {0}, lines = {0};

	if (!store_trial_log(store, failure->trial_key, &log, &err) && log.length > 0)
		add_last_lines(&lines, log.data, LOG_LINES, "    | ", failure->reason);
	for (const char *at = text_string(&lines); *at;) {
		size_t length = strcspn(at, "\n");

		log_info("%.*s", (int)length, at);
		at += length + 1;
	}
	text_release(&lines);
	text_release(&log);
}

/* The reason once, the trials below it. */
static void tell_kind(const struct run_failure *all, const size_t *kind, size_t n, bool same,
		      struct store *store)
{
	const struct run_failure *first = &all[kind[0]];

	if (n == 1)
		log_info("failed: %s: %s", first->title, first->reason);
	else
		log_info("%zu failed%s: %s", n, same ? "" : ", the first of them", first->reason);
	for (size_t i = 0; n > 1 && i < n && i < TITLES_SHOWN; i++)
		log_info("    %s", all[kind[i]].title);
	if (n > TITLES_SHOWN)
		log_info("    and %zu more", n - TITLES_SHOWN);
	tell_log(store, first);
}

static void tell_failures(const struct run_summary *s, const struct run_ending *ending)
{
	struct failure_reason *reasons = xcalloc(s->n + 1, sizeof(*reasons));
	size_t *kind = xcalloc(s->n + 1, sizeof(*kind)), n, told = 0;
	bool same;

	for (size_t i = 0; i < s->n; i++)
		reasons[i].text = s->failures[i].reason;
	for (int i = 0; i < KINDS_SHOWN; i++) {
		n = failures_take_kind(reasons, s->n, kind, &same);
		if (n > 0)
			tell_kind(s->failures, kind, n, same, ending->store);
		told += n;
	}
	if (s->n > told)
		log_info("%zu more failed for other reasons: muon-sweep status --db %s",
			 s->n - told, ending->db);
	free(reasons);
	free(kind);
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
