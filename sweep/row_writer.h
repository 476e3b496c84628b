/* SPDX-License-Identifier: MIT
 *
 * Rows of many trials on their way into the store: what comes between two commits is one
 * transaction.  The first failure sticks, and nothing is written after it.
 */
#ifndef SWEEP_ROW_WRITER_H
#define SWEEP_ROW_WRITER_H

#include <stdbool.h>

#include "results/store.h"

struct row_writer {
	struct store *store;
	struct error *err; /* receives the first failure */
	int result;	   /* and this its code */
	bool open;	   /* a transaction is */
};

/* Keeps the first failure.  What is called for `result` writes its error to
 * row_writer_error(). */
void row_writer_keep(struct row_writer *writer, int result);
struct error *row_writer_error(const struct row_writer *writer);

void row_writer_evaluation(struct row_writer *writer, const char *trial_key,
			   const struct evaluation_row *row);
void row_writer_telemetry(struct row_writer *writer, const char *trial_key,
			  const struct telemetry_row *row);
void row_writer_bucket(struct row_writer *writer, const char *trial_key, const char *slice,
		       int bucket, double nats, double tokens);
void row_writer_weights(struct row_writer *writer, const char *trial_key, const char *hash);
void row_writer_keep_steps(struct row_writer *writer, const char *trial_key, const double *steps,
			   size_t n);
void row_writer_commit(struct row_writer *writer);

#endif
