/* SPDX-License-Identifier: MIT
 *
 * Trainings that are stopped and go on, and what they told: the journal of the last has the whole
 * curve.
 */
#ifndef TESTS_RESUME_FIXTURE_H
#define TESTS_RESUME_FIXTURE_H

#include <unistd.h>

#include "sweep/checkpoint_folder.h"
#include "sweep/events.h"
#include "tests/training_fixture.h"

#define CHECKPOINTS "checkpoints"
#define STEPS	    24
#define DECAY	    6

/* Instead of stopping, the process ends at once. */
static bool attempt_dies;
#define DEATH 7

struct attempt {
	struct event_stream stream;
	struct training_sink write; /* to the stream */
	struct kept kept;
};

static inline void attempt_evaluation(void *context, const struct evaluation_row *row)
{
	struct attempt *a = context;

	a->write.evaluation(&a->stream, row);
}

static inline void attempt_telemetry(void *context, const struct telemetry_row *row)
{
	struct attempt *a = context;

	a->write.telemetry(&a->stream, row);
}

static inline void attempt_bucket(void *context, const char *slice, int bucket, double nats,
				  double tokens)
{
	struct attempt *a = context;

	keep_bucket(&a->kept, slice, bucket, nats, tokens);
}

static inline void attempt_progress(void *context, const struct training_progress *progress)
{
	(void)context, (void)progress;
}

static inline void attempt_resumed(void *context, int64_t step)
{
	struct attempt *a = context;

	a->kept.resumed = step;
}

static inline void attempt_note(void *context, const char *text)
{
	struct attempt *a = context;

	keep_note(&a->kept, text);
}

static inline void attempt_weights(void *context, const char *hash)
{
	struct attempt *a = context;

	keep_weights(&a->kept, hash);
}

static inline bool attempt_stop(void *context)
{
	struct attempt *a = context;

	if (!keep_stop(&a->kept))
		return false;
	if (attempt_dies)
		_exit(DEATH);
	return true;
}

/* Trains on a backend, stopping when asked for the n-th time (0: never).  ERR_STOPPED or 0. */
static inline int attempt_train(struct attempt *a, const struct training *t, const char *backend,
				const struct backend_options *options, int64_t stop_after)
{
	struct training training = *t;
	struct checkpoint_policy policy;
	struct error err = ERROR_INIT;
	struct training_sink sink = {
		.context = a,
		.evaluation = attempt_evaluation,
		.telemetry = attempt_telemetry,
		.bucket = attempt_bucket,
		.progress = attempt_progress,
		.resumed = attempt_resumed,
		.note = attempt_note,
		.weights = attempt_weights,
		.stop = attempt_stop,
	};
	struct backend *opened;
	int result;

	*a = (struct attempt){.stream.file = fopen("/dev/null", "w")};
	a->write = event_writer(&a->stream);
	a->kept.stop_after = stop_after;
	if (t->checkpoints) {
		policy = *t->checkpoints;
		policy.journal = &a->stream.journal;
		training.checkpoints = &policy;
	}
	check_ok(backend_open(&opened, backend, options, &err), &err);
	result = training_run(&training, opened, &sink, &err);
	backend_close(opened);
	fclose(a->stream.file);
	if (result && result != -ERR_STOPPED)
		fail_msg("%s", err.text);
	return result;
}

static inline void attempt_release(struct attempt *a)
{
	text_release(&a->stream.journal);
}

/* --- are two the same --- */

/* The number of a field of an evaluation event, and whether it is a time. */
static inline bool is_time(size_t field)
{
	static const char *const names[] = {"final",
#define X(name) #name,
					    EVALUATION_NUMBERS(X)
#undef X
	};

	return field < ARRAY_SIZE(names) && strncmp(names[field], "seconds", 7) == 0;
}

/* Takes out of a journal what is no number of the training. */
static inline void strip(const struct text *journal, struct text *out)
{
	char *copy = xstrdup(text_string(journal)), *rest = copy;

	for (char *line; (line = strsep(&rest, "\n"));) {
		bool evaluation = text_starts_with(line, "evaluation\t");
		size_t field = 0;

		if (strstr(line, "\tseconds") || strstr(line, "\tpeak_bytes"))
			continue;
		strsep(&line, "\t");
		for (char *item; (item = strsep(&line, "\t")); field++)
			if (!evaluation || !is_time(field))
				text_printf(out, "%s\t", item);
		text_add(out, "\n");
	}
	free(copy);
}

static inline void check_same(const struct attempt *got, const struct attempt *want,
			      const char *what)
{
	struct text a = {0}, b = {0};

	strip(&got->stream.journal, &a);
	strip(&want->stream.journal, &b);
	if (strcmp(text_string(&a), text_string(&b)) != 0)
		fail_msg("%s: another curve:\n%s\n--- and not\n%s", what, a.data, b.data);
	assert_true(a.length > 1000);
	text_release(&a);
	text_release(&b);
	assert_int_equal(strlen(want->kept.weights), SHA256_HEX - 1);
	if (strcmp(got->kept.weights, want->kept.weights) != 0)
		fail_msg("%s: other weights", what);
	assert_memory_equal(&got->kept.val_nats, &want->kept.val_nats, sizeof(double));
	assert_int_equal(got->kept.n_buckets, want->kept.n_buckets);
}

/* --- trainings --- */

/* WSD with an absolute warm-up: horizons share their constant part. */
static inline struct training resume_training(const char *optimizer, int64_t steps,
					      struct arena *arena)
{
	struct training t = fixture_training(optimizer, "0.02", steps, arena);

	t.eval_points = 8;
	t.plan.schedule = (struct schedule){
		.kind = SCHEDULE_WSD, .steps = steps, .warmup_steps = 4, .decay_steps = DECAY};
	return t;
}

static inline void forget_checkpoints(void)
{
	checkpoint_remove_all(CHECKPOINTS, "trial");
	checkpoint_remove_all(CHECKPOINTS, "other");
	checkpoint_remove_all(CHECKPOINTS, "trunk");
}

static inline void count_checkpoint(void *context, int64_t step)
{
	int64_t *sum = context;

	sum[0]++;
	sum[1] += step;
}

/* How many a key has, and the sum of their steps. */
static inline void check_checkpoints(const char *key, int64_t n, int64_t sum)
{
	int64_t got[2] = {0, 0};

	checkpoint_each(CHECKPOINTS, key, count_checkpoint, got);
	assert_int_equal(got[0], n);
	assert_int_equal(got[1], sum);
}

/* Trains for what it leaves in its folder alone. */
static inline void leave_checkpoints(const struct training *t, int64_t stop_after)
{
	struct attempt a;

	attempt_train(&a, t, "cpu", NULL, stop_after);
	attempt_release(&a);
}

/* Ends a test that compared two. */
static inline void end_same(struct attempt *got, struct attempt *want, const char *what)
{
	check_same(got, want, what);
	attempt_release(got);
	attempt_release(want);
	forget_checkpoints();
}

#endif
