/* SPDX-License-Identifier: MIT */
#include "results/store_protocol.h"

#include <stdlib.h>

#include "results/store_internal.h"

#define OF_SWEEP "FROM sweep_trial WHERE ?1 IS NULL OR sweep = ?1"

#define FACT(field, sql)                                                                        \
	", (SELECT group_concat(value, ', ') FROM (SELECT DISTINCT " sql " AS value FROM mine " \
	"WHERE value IS NOT NULL ORDER BY value))"

static const char sweeps_sql[] = "SELECT name, spec, command, shard FROM sweep WHERE ?1 IS NULL OR "
				 "name = ?1 ORDER BY created, name";
static const char corpora_sql[] =
	"SELECT name, content_hash, provenance FROM corpus WHERE content_hash IN "
	"(SELECT json_extract(resolved_spec, '$.corpus.hash') FROM trial WHERE id IN "
	"(SELECT trial " OF_SWEEP ")) ORDER BY name";
static const char facts_sql[] =
	"WITH mine AS (SELECT * FROM trial WHERE id IN (SELECT trial " OF_SWEEP
	")) SELECT 0" PROTOCOL_FACTS(FACT);

static const char *keep_text(struct store_protocol *protocol, sqlite3_stmt *row, int column)
{
	const char *text = store_column_text(row, column);

	return text ? arena_strdup(&protocol->arena, text) : NULL;
}

static void keep_sweep(struct store_protocol *protocol, sqlite3_stmt *row)
{
	protocol->sweeps = grow_array(protocol->sweeps, &protocol->sweeps_capacity,
				      protocol->n_sweeps + 1, sizeof(*protocol->sweeps));
	protocol->sweeps[protocol->n_sweeps++] =
		(struct protocol_sweep){keep_text(protocol, row, 0), keep_text(protocol, row, 1),
					keep_text(protocol, row, 2), keep_text(protocol, row, 3)};
}

static void keep_corpus(struct store_protocol *protocol, sqlite3_stmt *row)
{
	protocol->corpora = grow_array(protocol->corpora, &protocol->corpora_capacity,
				       protocol->n_corpora + 1, sizeof(*protocol->corpora));
	protocol->corpora[protocol->n_corpora++] =
		(struct protocol_corpus){keep_text(protocol, row, 0), keep_text(protocol, row, 1),
					 keep_text(protocol, row, 2)};
}

static void keep_facts(struct store_protocol *protocol, sqlite3_stmt *row)
{
	int column = 1;

#define X(field, sql) protocol->field = keep_text(protocol, row, column++);
	PROTOCOL_FACTS(X)
#undef X
}

static const char *copy(struct store_protocol *protocol, const char *text)
{
	return text ? arena_strdup(&protocol->arena, text) : NULL;
}

static void keep_failure(const struct trial_failure *failure, void *context)
{
	struct store_protocol *protocol = context;

	protocol->failures = grow_array(protocol->failures, &protocol->failures_capacity,
					protocol->n_failures + 1, sizeof(*protocol->failures));
	protocol->failures[protocol->n_failures++] = (struct protocol_failure){
		.trial_key = copy(protocol, failure->trial_key),
		.label = copy(protocol, failure->label),
		.state = trial_state_name(failure->state),
		.reason = copy(protocol, failure->reason),
		.params = failure->params,
		.lr = failure->lr,
		.step = failure->step,
		.steps_total = failure->steps_total,
	};
}

static int read_rows(struct store *store, const char *sql, const char *sweep,
		     struct store_protocol *protocol,
		     void (*keep)(struct store_protocol *, sqlite3_stmt *), struct error *err)
{
	sqlite3_stmt *rows = NULL;
	int result = 0, code = sqlite3_prepare_v2(store->db, sql, -1, &rows, NULL);

	if (code == SQLITE_OK) {
		store_bind_text(rows, 1, sweep);
		while ((code = sqlite3_step(rows)) == SQLITE_ROW)
			keep(protocol, rows);
	}
	if (code != SQLITE_DONE)
		result = store_fail(store, err);
	sqlite3_finalize(rows);
	return result;
}

int store_protocol_sweeps(struct store *store, const char *sweep, struct store_protocol *protocol,
			  struct error *err)
{
	return read_rows(store, sweeps_sql, sweep, protocol, keep_sweep, err);
}

int store_protocol_read(struct store *store, const char *sweep, struct store_protocol *protocol,
			struct error *err)
{
	int result = store_totals(store, sweep, &protocol->totals, err);

	if (!result)
		result = store_protocol_sweeps(store, sweep, protocol, err);
	if (!result)
		result = read_rows(store, corpora_sql, sweep, protocol, keep_corpus, err);
	if (!result)
		result = read_rows(store, facts_sql, sweep, protocol, keep_facts, err);
	if (!result)
		result = store_failures(store, sweep, keep_failure, protocol, err);
	return result;
}

void store_protocol_release(struct store_protocol *protocol)
{
	free(protocol->sweeps);
	free(protocol->corpora);
	free(protocol->failures);
	arena_release(&protocol->arena);
	*protocol = (struct store_protocol){0};
}
