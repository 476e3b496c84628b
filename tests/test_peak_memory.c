/* SPDX-License-Identifier: MIT
 *
 * The memory that a plan predicts, against what the system says of a process that trains.
 */
#include <unistd.h>

#include "base/machine_memory.h"
#include "sweep/checkpoint_folder.h"
#include "sweep/peak_memory.h"
#include "sweep/sweep.h"
#include "tests/training_fixture.h"

#define TOLERANCE 0.1 /* of what was predicted */
#define MIB	  1048576.0

static const char data[] = "data: {files: [text.tokens], val_tokens: 2k, block_tokens: 64, "
			   "epochs: 1000, allow_leak: true}\n";

static struct sweep *load(const char *model, const char *train, const char *optimizer)
{
	struct error err = ERROR_INIT;
	struct text text = {0};
	struct sweep *sweep;

	text_printf(&text,
		    "%smodel: {%s}\ntrain: {%s, budget: {steps: 10}}\n"
		    "eval: {points: 1, tokens: 2k}\noptimizer: {name: %s, lr: 0.001}\n",
		    data, model, train, optimizer);
	scratch_write_text("spec.yaml", text.data);
	check_ok(sweep_load(&sweep, "spec.yaml", NULL, 0, &err), &err);
	text_release(&text);
	return sweep;
}

/* Trains as a worker does, for one step and its checkpoint, which take all there is to take; what
 * its process had at its peak. */
static double train(const struct trial *trial, int threads)
{
	const struct backend_options options = {threads,
						(enum precision)trial->options.train.precision};
	struct kept kept = {.stop_after = 3}; /* within the first probe */
	struct training_sink sink = kept_sink(&kept);
	struct text journal = {0};
	const struct checkpoint_policy checkpoints = {
		.folder = "checkpoints",
		.key = trial->key,
		.machine = "",
		.journal = &journal,
	};
	struct error err = ERROR_INIT;
	struct training training;
	struct backend *backend;
	struct corpus *own_corpus;
	double peak = 0;

	if (corpus_open(&own_corpus, &trial->options.data, &err) ||
	    backend_open(&backend, "cpu", &options, &err))
		return 0;
	trial_training(trial, own_corpus, &training);
	training.checkpoints = &checkpoints;
	checkpoint_remove_all("checkpoints", trial->key);
	if (training_run(&training, backend, &sink, &err) == -ERR_STOPPED)
		peak = (double)memory_peak();
	backend_close(backend);
	corpus_close(own_corpus);
	return peak;
}

/* What "test_peak_memory train THREADS" does: trains the sweep file's trial, prints the peak. */
static int train_and_print(const char *threads)
{
	struct error err = ERROR_INIT;
	struct sweep *sweep;

	if (sweep_load(&sweep, "spec.yaml", NULL, 0, &err) < 0)
		return 1;
	printf("%.0f\n", train(sweep->trials[0], atoi(threads)));
	sweep_free(sweep);
	return 0;
}

/* The same in a program of its own, which has nothing of this one. */
static double train_apart(int threads)
{
	char command[64];
	double peak = 0;
	FILE *program;

	snprintf(command, sizeof(command), "exec /proc/%d/exe train %d", (int)getpid(), threads);
	program = popen(command, "r");
	assert_non_null(program);
	assert_int_equal(fscanf(program, "%lf", &peak), 1);
	assert_int_equal(pclose(program), 0);
	return peak;
}

static void the_plan_knows_the_peak_of_a_process(void **state)
{
	static const struct {
		const char *model, *train, *optimizer;
		int threads;
	} cases[] = {
		{"size: 64x2, head_dim: 16, context: 64", "batch_tokens: 4k", "adamw", 1},
		{"size: 64x2, head_dim: 16, context: 64", "batch_tokens: 1k, precision: bf16",
		 "adamw", 1},
		{"size: 64x2, head_dim: 16, context: 64", "batch_tokens: 1k", "muon", 2},
		{"size: 64x2, head_dim: 16, context: 64", "batch_tokens: 1k, precision: bf16",
		 "muon", 2},
		{"size: 64x4, head_dim: 16, context: 64",
		 "batch_tokens: 4k, micro_batch_tokens: 2k", "muon", 1},
		{"size: 128x4, qk_norm: true, kv_heads: 2, context: 64", "batch_tokens: 2k", "muon",
		 1},
		{"size: 256x2, mlp: gelu, tie_embeddings: true, context: 32", "batch_tokens: 1k",
		 "adamw", 1},
	};

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sweep *sweep = load(cases[i].model, cases[i].train, cases[i].optimizer);
		struct peak_memory plan = peak_memory(sweep->trials[0], cases[i].threads);

		check_near(train_apart(cases[i].threads), (double)peak_memory_sum(&plan), TOLERANCE,
			   0);
		sweep_free(sweep);
	}
}

static void the_system_tells_what_is_there(void **state)
{
	double before = (double)memory_peak(), more = 64 * MIB;
	void *memory = aligned_take((size_t)more);

	(void)state;
	assert_non_null(memory);
	assert_true(before > 0);
#ifndef __SANITIZE_ADDRESS__
	check_near((double)memory_peak() - before, more, 0.05, 0);
#endif
	aligned_release(memory);
	assert_true(memory_available() > more);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_plan_knows_the_peak_of_a_process),
		cmocka_unit_test(the_system_tells_what_is_there),
	};

	if (argc == 3 && strcmp(argv[1], "train") == 0)
		return train_and_print(argv[2]);
	return cmocka_run_group_tests_name("peak memory", tests, fixture_set_up, fixture_tear_down);
}
