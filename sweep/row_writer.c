/* SPDX-License-Identifier: MIT */
#include "sweep/row_writer.h"

void row_writer_keep(struct row_writer *writer, int result)
{
	if (result && !writer->result)
		writer->result = result;
}

struct error *row_writer_error(const struct row_writer *writer)
{
	return writer->result ? NULL : writer->err;
}

/* Whether rows can be written: in a transaction, and nothing has failed. */
static bool is_ready(struct row_writer *writer)
{
	if (!writer->open && !writer->result) {
		row_writer_keep(writer, store_begin(writer->store, writer->err));
		writer->open = !writer->result;
	}
	return !writer->result;
}

void row_writer_evaluation(struct row_writer *writer, const char *trial_key,
			   const struct evaluation_row *row)
{
	if (is_ready(writer))
		row_writer_keep(writer,
				store_put_evaluation(writer->store, trial_key, row, writer->err));
}

void row_writer_telemetry(struct row_writer *writer, const char *trial_key,
			  const struct telemetry_row *row)
{
	if (is_ready(writer))
		row_writer_keep(writer,
				store_put_telemetry(writer->store, trial_key, row, writer->err));
}

void row_writer_bucket(struct row_writer *writer, const char *trial_key, const char *slice,
		       int bucket, double nats, double tokens)
{
	if (is_ready(writer))
		row_writer_keep(writer, store_put_bucket(writer->store, trial_key, slice, bucket,
							 nats, tokens, writer->err));
}

void row_writer_weights(struct row_writer *writer, const char *trial_key, const char *hash)
{
	if (is_ready(writer))
		row_writer_keep(writer,
				store_put_weights(writer->store, trial_key, hash, writer->err));
}

void row_writer_keep_steps(struct row_writer *writer, const char *trial_key, const double *steps,
			   size_t n)
{
	if (is_ready(writer))
		row_writer_keep(writer,
				store_keep_steps(writer->store, trial_key, steps, n, writer->err));
}

/* A store that was deleted takes rows and keeps none: it is asked after each commit, before
 * anything is thrown away because the store has it. */
void row_writer_commit(struct row_writer *writer)
{
	if (writer->open && !writer->result)
		row_writer_keep(writer, store_commit(writer->store, writer->err));
	if (writer->open && !writer->result)
		row_writer_keep(writer, store_check_file(writer->store, writer->err));
	writer->open = false;
}
