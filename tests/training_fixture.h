/* SPDX-License-Identifier: MIT
 *
 * A tiny training on a generated corpus, and a sink that keeps what it is given.
 */
#ifndef TESTS_TRAINING_FIXTURE_H
#define TESTS_TRAINING_FIXTURE_H

#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "models/pack.h"
#include "sweep/training.h"
#include "tests/scratch.h"

#define FIXTURE_MAX_ROWS 64

struct kept {
	struct evaluation_row rows[FIXTURE_MAX_ROWS];
	size_t n_rows, n_telemetry, n_buckets, n_progress;
	double val_nats, val_tokens;
	double newton_schulz_calls, worst_orthogonality, largest_logit;
	int64_t stop_after; /* times that it was asked; 0: never */
	int64_t polled;
	size_t n_evaluating; /* of n_progress, those of the final evaluation */
	int slow;	     /* so many of its micro-batches take longer */
	int64_t resumed;
	size_t n_notes;
	char note[512]; /* the last */
	char weights[SHA256_HEX];
};

static inline void keep_evaluation(void *context, const struct evaluation_row *row)
{
	struct kept *kept = context;

	assert_true(kept->n_rows < FIXTURE_MAX_ROWS);
	kept->rows[kept->n_rows++] = *row;
}

static inline void keep_telemetry(void *context, const struct telemetry_row *row)
{
	struct kept *kept = context;

	kept->n_telemetry++;
	if (strcmp(row->metric, "newton_schulz_calls") == 0)
		kept->newton_schulz_calls = row->value;
	if (strcmp(row->metric, "orthogonality_error") == 0)
		kept->worst_orthogonality = fmax(kept->worst_orthogonality, row->value);
	if (strcmp(row->metric, "max_attention_logit") == 0)
		kept->largest_logit = fmax(kept->largest_logit, row->value);
}

static inline void keep_bucket(void *context, const char *slice, int bucket, double nats,
			       double tokens)
{
	struct kept *kept = context;

	assert_in_range(bucket, 0, STORE_BUCKETS - 1);
	kept->n_buckets++;
	if (strcmp(slice, "val") == 0) {
		kept->val_nats += nats;
		kept->val_tokens += tokens;
	}
}

static inline void keep_progress(void *context, const struct training_progress *progress)
{
	struct kept *kept = context;

	kept->n_progress++;
	kept->n_evaluating += progress->evaluating;
}

static inline bool keep_stop(void *context)
{
	struct kept *kept = context;

	if (kept->n_evaluating > 0 && kept->slow-- > 0)
		usleep(300000);
	return kept->stop_after > 0 && ++kept->polled >= kept->stop_after;
}

static inline void keep_resumed(void *context, int64_t step)
{
	struct kept *kept = context;

	kept->resumed = step;
}

static inline void keep_note(void *context, const char *text)
{
	struct kept *kept = context;

	kept->n_notes++;
	snprintf(kept->note, sizeof(kept->note), "%s", text);
}

static inline void keep_weights(void *context, const char *hash)
{
	struct kept *kept = context;

	snprintf(kept->weights, sizeof(kept->weights), "%s", hash);
}

static inline struct training_sink kept_sink(struct kept *kept)
{
	return (struct training_sink){
		.context = kept,
		.evaluation = keep_evaluation,
		.telemetry = keep_telemetry,
		.bucket = keep_bucket,
		.progress = keep_progress,
		.resumed = keep_resumed,
		.note = keep_note,
		.weights = keep_weights,
		.stop = keep_stop,
	};
}

/* Of the program's tests, between set-up and tear-down. */
static struct corpus *corpus;

/* Sentences of few words, so that a tiny model learns something. */
static inline void fixture_open_corpus(void)
{
	static const char *const words[] = {"the ", "cat ", "dog ", "sees ", "hears ", "a "};
	static const char *const paths[] = {"text.txt"}, *const files[] = {"text.tokens"};
	struct corpus_options options = {0};
	struct error err = ERROR_INIT;
	struct arena arena = {0};
	struct random r = random_stream(11, 12);
	struct text text = {0};
	struct pack pack;

	for (int document = 0; document < 600; document++) {
		text_printf(&text, "%d ", document);
		for (int i = 0; i < 12; i++)
			text_add(&text, words[random_below(&r, ARRAY_SIZE(words))]);
		text_add(&text, "\n\n");
	}
	scratch_write(paths[0], text.data, text.length);
	text_release(&text);
	check_ok(pack_read(&pack, paths, 1, DOCUMENT_ENTRY, NULL, &err), &err);
	check_ok(pack_write(&pack, files[0], "", &err), &err);
	pack_release(&pack);
	keys_set_defaults(corpus_keys, n_corpus_keys, &options, &arena);
	options.files = files;
	options.n_files = 1;
	options.val_tokens = 2048;
	options.block_tokens = 64;
	check_ok(corpus_open(&corpus, &options, &err), &err);
	arena_release(&arena);
}

static inline int fixture_set_up(void **state)
{
	if (scratch_make(state) < 0)
		return -1;
	fixture_open_corpus();
	return 0;
}

static inline int fixture_tear_down(void **state)
{
	corpus_close(corpus);
	return scratch_remove(state);
}

/* d = 16, 2 layers, context 16, batch 64, AdamW or Muon at `lr`. */
static inline struct training fixture_training(const char *optimizer, const char *lr, int64_t steps,
					       struct arena *arena)
{
	struct training t = {.corpus = corpus, .plan.optimizer = optimizer_find(optimizer)};
	struct schedule_config schedule;
	struct error err = ERROR_INIT;
	void *options = arena_alloc(arena, t.plan.optimizer->options_size);

	keys_set_defaults(t.plan.optimizer->keys, t.plan.optimizer->n_keys, options, arena);
	check_ok(key_set(keys_find(t.plan.optimizer->keys, t.plan.optimizer->n_keys, "lr"), options,
			 lr, arena, &err),
		 &err);
	t.plan.optimizer_options = options;
	keys_set_defaults(model_keys, n_model_keys, &t.plan.model, arena);
	t.plan.model.d_model = 16;
	t.plan.model.n_layers = 2;
	t.plan.model.head_dim = 8;
	t.plan.model.context = 16;
	t.plan.model.vocab = corpus_facts(corpus)->vocab;
	check_ok(model_config_resolve(&t.plan.model, &err), &err);
	t.steps = steps;
	t.plan.batch_tokens = t.plan.micro_batch_tokens = 64;
	t.plan.grad_clip = 1;
	t.plan.init_seed = 5;
	t.data_seed = 6;
	t.eval_points = 4;
	t.probe_tokens = 64;
	keys_set_defaults(schedule_keys, n_schedule_keys, &schedule, arena);
	t.plan.schedule = schedule_resolve(&schedule, steps, (double)t.plan.batch_tokens);
	return t;
}

#endif
