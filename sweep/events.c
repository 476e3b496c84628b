/* SPDX-License-Identifier: MIT */
#include "sweep/events.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

#define MAX_FIELDS 64
#define MAX_STEP   0x1p53 /* whole numbers up to here are exact */

/* --- writing --- */

static void add_number(struct text *line, double value)
{
	text_printf(line, "\t%.17g", value);
}

/* Writes what was added to the journal. */
static void write_journal(struct event_stream *stream, size_t from)
{
	fwrite(text_string(&stream->journal) + from, 1, stream->journal.length - from,
	       stream->file);
	fflush(stream->file);
}

static void write_evaluation(void *context, const struct evaluation_row *row)
{
	struct event_stream *stream = context;
	struct text *line = &stream->journal;
	size_t from = line->length;

	text_printf(line, "evaluation\t%d", row->final);
#define X(field) add_number(line, row->field);
	EVALUATION_NUMBERS(X)
#undef X
	text_add_char(line, '\n');
	write_journal(stream, from);
}

static void write_telemetry(void *context, const struct telemetry_row *row)
{
	struct event_stream *stream = context;
	struct text *line = &stream->journal;
	size_t from = line->length;

	text_printf(line, "telemetry\t%.17g\t%d\t%s\t%s\t%.17g\n", row->step, row->layer, row->role,
		    row->metric, row->value);
	write_journal(stream, from);
}

static void write_bucket(void *context, const char *slice, int bucket, double nats, double tokens)
{
	const struct event_stream *stream = context;

	fprintf(stream->file, "bucket\t%s\t%d\t%.17g\t%.17g\n", slice, bucket, nats, tokens);
	fflush(stream->file);
}

static void write_progress(void *context, const struct training_progress *progress)
{
	const struct event_stream *stream = context;

	fprintf(stream->file, "progress\t%lld\t%lld\t%.17g\t%.17g\t%.17g\t%d\n",
		(long long)progress->step, (long long)progress->steps, progress->loss,
		progress->tokens_per_second, progress->gflops, progress->evaluating);
	fflush(stream->file);
}

/* A text as the last field of a line. */
static void write_text(FILE *file, const char *text)
{
	for (const char *c = text; *c; c++)
		fputc(*c == '\t' || *c == '\n' ? ' ' : *c, file);
	fputc('\n', file);
	fflush(file);
}

static void write_resumed(void *context, int64_t step)
{
	struct event_stream *stream = context;

	fprintf(stream->file, "resumed\t%lld\n", (long long)step);
	write_journal(stream, 0);
}

static void write_note(void *context, const char *text)
{
	const struct event_stream *stream = context;

	fputs("note\t", stream->file);
	write_text(stream->file, text);
}

static void write_weights(void *context, const char *hash)
{
	const struct event_stream *stream = context;

	fputs("weights\t", stream->file);
	write_text(stream->file, hash);
}

struct training_sink event_writer(struct event_stream *stream)
{
	return (struct training_sink){
		.context = stream,
		.evaluation = write_evaluation,
		.telemetry = write_telemetry,
		.bucket = write_bucket,
		.progress = write_progress,
		.resumed = write_resumed,
		.note = write_note,
		.weights = write_weights,
	};
}

void event_write_end(FILE *file, enum trial_state state, const char *reason)
{
	fprintf(file, "end\t%s\t", trial_state_name(state));
	write_text(file, reason);
}

/* --- reading --- */

/* The fields of a line, taken one after the other; the first bad one sticks. */
struct fields {
	char *text[MAX_FIELDS];
	size_t n, next;
	bool bad;
};

static void split(struct fields *f, char *line)
{
	*f = (struct fields){.n = 0};
	for (char *at = line; at && f->n < MAX_FIELDS;) {
		char *tab = strchr(at, '\t');

		f->text[f->n++] = at;
		if (tab)
			*tab = '\0';
		at = tab ? tab + 1 : NULL;
	}
}

static const char *take_text(struct fields *f)
{
	if (f->next >= f->n) {
		f->bad = true;
		return "";
	}
	return f->text[f->next++];
}

static double take_number(struct fields *f)
{
	const char *text = take_text(f);
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end)
		f->bad = true;
	return value;
}

/* A whole number in [lowest, highest]; `lowest` where it is none. */
static double take_whole(struct fields *f, double lowest, double highest)
{
	double value = take_number(f);

	if (value >= lowest && value <= highest && value == floor(value))
		return value;
	f->bad = true;
	return lowest;
}

static double take_finite(struct fields *f)
{
	double value = take_number(f);

	if (!isfinite(value))
		f->bad = true;
	return value;
}

/* Nothing may be left. */
static bool is_whole_event(const struct fields *f)
{
	return !f->bad && f->next == f->n;
}

static void read_evaluation(struct fields *f, const struct event_reader *reader)
{
	struct evaluation_row row = {.final = take_number(f) != 0};

#define X(field) row.field = take_number(f);
	EVALUATION_NUMBERS(X)
#undef X
	if (!(row.step >= 0 && row.step <= MAX_STEP && row.step == floor(row.step)))
		f->bad = true;
	if (is_whole_event(f))
		reader->sink.evaluation(reader->sink.context, &row);
}

static void read_telemetry(struct fields *f, const struct event_reader *reader)
{
	struct telemetry_row row;

	row.step = take_whole(f, 0, MAX_STEP);
	row.layer = (int)take_whole(f, -1, INT_MAX);
	row.role = take_text(f);
	row.metric = take_text(f);
	row.value = take_number(f);
	if (is_whole_event(f))
		reader->sink.telemetry(reader->sink.context, &row);
}

static void read_bucket(struct fields *f, const struct event_reader *reader)
{
	const char *slice = take_text(f);
	int bucket = (int)take_whole(f, 0, STORE_BUCKETS - 1);
	double nats = take_finite(f), tokens = take_whole(f, 0, MAX_STEP);

	if (strcmp(slice, "val") != 0 && strcmp(slice, "test") != 0)
		f->bad = true;
	if (is_whole_event(f))
		reader->sink.bucket(reader->sink.context, slice, bucket, nats, tokens);
}

static void read_progress(struct fields *f, const struct event_reader *reader)
{
	struct training_progress progress;

	progress.step = (int64_t)take_whole(f, 0, MAX_STEP);
	progress.steps = (int64_t)take_whole(f, 0, MAX_STEP);
	progress.loss = take_number(f);
	progress.tokens_per_second = take_number(f);
	progress.gflops = take_number(f);
	progress.evaluating = take_number(f) != 0;
	if (is_whole_event(f))
		reader->sink.progress(reader->sink.context, &progress);
}

static void read_resumed(struct fields *f, const struct event_reader *reader)
{
	int64_t step = (int64_t)take_whole(f, 1, MAX_STEP);

	if (is_whole_event(f))
		reader->sink.resumed(reader->sink.context, step);
}

static void read_note(struct fields *f, const struct event_reader *reader)
{
	const char *text = take_text(f);

	if (is_whole_event(f))
		reader->sink.note(reader->sink.context, text);
}

static void read_weights(struct fields *f, const struct event_reader *reader)
{
	const char *hash = take_text(f);

	if (strlen(hash) != SHA256_HEX - 1 || strspn(hash, "0123456789abcdef") != SHA256_HEX - 1)
		f->bad = true;
	if (is_whole_event(f))
		reader->sink.weights(reader->sink.context, hash);
}

static void read_end(struct fields *f, const struct event_reader *reader)
{
	const char *name = take_text(f), *reason = take_text(f);

	for (int state = TRIAL_running + 1; state < TRIAL_N_STATES; state++)
		if (is_whole_event(f) &&
		    strcmp(name, trial_state_name((enum trial_state)state)) == 0) {
			reader->end(reader->sink.context, (enum trial_state)state, reason);
			return;
		}
	f->bad = true;
}

static const struct {
	const char *name;
	void (*read)(struct fields *f, const struct event_reader *reader);
} kinds[] = {
	{"evaluation", read_evaluation}, {"telemetry", read_telemetry},
	{"bucket", read_bucket},	 {"progress", read_progress},
	{"resumed", read_resumed},	 {"note", read_note},
	{"weights", read_weights},	 {"end", read_end},
};

int event_read(char *line, const struct event_reader *reader, struct error *err)
{
	struct fields fields;
	const char *kind;

	split(&fields, line);
	kind = take_text(&fields);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kind, kinds[i].name) == 0) {
			kinds[i].read(&fields, reader);
			return is_whole_event(&fields)
				       ? 0
				       : error_set(err, ERR_DATA, "malformed event '%s'", kind);
		}
	return error_set(err, ERR_DATA, "unknown event '%.40s'", kind);
}
