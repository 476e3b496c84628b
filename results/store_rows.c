/* SPDX-License-Identifier: MIT
 *
 * What a trial logs, and where its corpus came from.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "results/store_internal.h"

int store_put_evaluation(struct store *store, const char *trial_key,
			 const struct evaluation_row *row, struct error *err)
{
	sqlite3_stmt *put = store_prepare(store, STORE_PUT_EVALUATION, err);
	int position = 1;

	if (!put)
		return -(int)ERR_STORE;
	store_bind_text(put, position++, trial_key);
	sqlite3_bind_int(put, position++, row->final);
#define X(field) store_bind_real(put, position++, row->field);
	EVALUATION_NUMBERS(X)
#undef X
	return store_step(store, put, err);
}

int store_put_telemetry(struct store *store, const char *trial_key, const struct telemetry_row *row,
			struct error *err)
{
	sqlite3_stmt *put = store_prepare(store, STORE_PUT_MEASUREMENT, err);

	if (!put)
		return -(int)ERR_STORE;
	store_bind_text(put, 1, trial_key);
	store_bind_real(put, 2, row->step);
	sqlite3_bind_int(put, 3, row->layer);
	store_bind_text(put, 4, row->role);
	store_bind_text(put, 5, row->metric);
	store_bind_real(put, 6, row->value);
	return store_step(store, put, err);
}

int store_put_bucket(struct store *store, const char *trial_key, const char *slice, int bucket,
		     double nats, double tokens, struct error *err)
{
	sqlite3_stmt *put = store_prepare(store, STORE_PUT_BUCKET, err);

	if (!put)
		return -(int)ERR_STORE;
	store_bind_text(put, 1, trial_key);
	store_bind_text(put, 2, slice);
	sqlite3_bind_int(put, 3, bucket);
	store_bind_real(put, 4, nats);
	store_bind_real(put, 5, tokens);
	return store_step(store, put, err);
}

int store_put_weights(struct store *store, const char *trial_key, const char *hash,
		      struct error *err)
{
	sqlite3_stmt *put = store_prepare(store, STORE_PUT_WEIGHTS, err);

	if (!put)
		return -(int)ERR_STORE;
	store_bind_text(put, 1, trial_key);
	store_bind_text(put, 2, hash);
	return store_step(store, put, err);
}

int store_keep_steps(struct store *store, const char *trial_key, const double *steps, size_t n,
		     struct error *err)
{
	static const enum store_statement trims[] = {STORE_TRIM_EVALUATIONS,
						     STORE_TRIM_MEASUREMENTS};
	struct text list = {0};
	int result = 0;

	for (size_t i = 0; i < n; i++)
		text_printf(&list, "%s%.17g", i ? "," : "[", steps[i]);
	text_add(&list, n > 0 ? "]" : "[]");
	for (size_t i = 0; i < ARRAY_SIZE(trims) && !result; i++) {
		sqlite3_stmt *trim = store_prepare(store, trims[i], err);

		if (!trim)
			result = -(int)ERR_STORE;
		else {
			store_bind_text(trim, 1, trial_key);
			store_bind_text(trim, 2, list.data);
			result = store_step(store, trim, err);
		}
	}
	text_release(&list);
	return result;
}

int store_put_corpus(struct store *store, const char *content_hash, const char *name,
		     const char *provenance, struct error *err)
{
	sqlite3_stmt *put = store_prepare(store, STORE_PUT_CORPUS, err);

	if (!put)
		return -(int)ERR_STORE;
	store_bind_text(put, 1, content_hash);
	store_bind_text(put, 2, name);
	store_bind_text(put, 3, provenance);
	store_bind_real(put, 4, wall_clock_s());
	return store_step(store, put, err);
}

int store_put_log(struct store *store, const char *trial_key, const char *log, struct error *err)
{
	sqlite3_stmt *put = store_prepare(store, STORE_PUT_LOG, err);

	if (!put)
		return -(int)ERR_STORE;
	store_bind_text(put, 1, trial_key);
	store_bind_text(put, 2, log);
	return store_step(store, put, err);
}
