/* SPDX-License-Identifier: MIT
 *
 * What a large sweep costs before and after training: planning 10,000 trials, and asking a store
 * that holds all of them with 13 rows each.  `make bench-plan` prints the times of the commands.
 *
 *     bench_plan PROGRAM            in a scratch folder
 *     bench_plan PROGRAM FOLDER     there, where all is left, and found by the next run
 */
#include <ftw.h>
#include <sys/resource.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "sweep/sweep.h"

#define N_ROWS	 13
#define N_TOKENS (4 << 20)
#define REPEATS	 3
#define BUCKETS	 8 /* of the 128 of a slice, so that the store is made in seconds */

static const char sweep_text[] =
	"name: large\n"
	"data: {files: [x.bin], vocab: 256, eot: 0, val_tokens: 128k, epochs: 1000}\n"
	"model: {size: [16x2, 32x2, 64x2, 64x4, 128x4], head_dim: 16, context: 128}\n"
	"train:\n"
	"  budget: {steps: [300, 400, 500, 600, 700]}\n"
	"  batch_tokens: 1k\n"
	"  seeds: {lin: [0, 19, 20]}\n"
	"optimizer:\n"
	"  - {name: adamw, tune: {lr: {log: [1e-3, 1e-1, 10]}}}\n"
	"  - {name: muon, tune: {lr: {log: [1e-3, 1e-1, 10]}}}\n";

static const struct {
	const char *arguments;
	double goal_s;	   /* 0: none */
	const char *makes; /* removed before each run; NULL: nothing */
} commands[] = {
	{"plan large.yaml --db none.db", 2, NULL},
	{"plan large.yaml --db none.db --json", 2, NULL},
	{"plan large.yaml", 2, NULL},
	{"plan large.yaml --json", 2, NULL},
	{"status", 1, NULL},
	{"status --json", 1, NULL},
	{"export --format csv", 1, NULL},
	{"export --curves --format csv", 0, NULL},
	{"export --curves --format jsonl", 0, NULL},
	{"fit --law power --bootstrap 0", 1, NULL},
	{"fit --law power --bootstrap 0 --json", 1, NULL},
	{"plot frontier --bootstrap 0 -o frontier.svg", 0, NULL},
	{"report --bootstrap 0 -o report.html", 0, NULL},
	{"merge results.db --db merged.db", 0, "merged.db"},
	{"merge results.db --db merged.db", 0, NULL}, /* again: nothing is copied */
};

static void demand(int result, const struct error *err)
{
	if (result >= 0)
		return;
	fprintf(stderr, "bench_plan: %s\n", err->text);
	exit(1);
}

static void write_corpus(void)
{
	uint16_t *tokens = xmalloc(N_TOKENS * sizeof(*tokens));
	struct error err = ERROR_INIT;

	for (uint64_t i = 0; i < N_TOKENS; i++)
		tokens[i] = (uint16_t)(i % 512 ? 1 + mix64(i) % 255 : 0);
	demand(file_write("x.bin", tokens, N_TOKENS * sizeof(*tokens), &err), &err);
	demand(file_write("large.yaml", sweep_text, strlen(sweep_text), &err), &err);
	free(tokens);
}

static void put_rows(struct store *store, const struct trial *trial, struct error *err)
{
	double lr = trial_option(trial, "lr");
	double off = log(lr / 0.01);

	for (int i = 1; i <= N_ROWS; i++) {
		struct evaluation_row row;

#define X(field) row.field = 0;
		EVALUATION_NUMBERS(X)
#undef X
		row.step = floor((double)(trial->steps * i) / N_ROWS);
		row.tokens = row.step * 1024;
		row.flops = trial->flops * i / N_ROWS;
		row.flops_6nd = row.flops;
		row.seconds = i;
		row.final = i == N_ROWS;
		row.probe_loss = 1 + 50 * pow(row.flops, -0.15) + 0.01 * off * off;
		row.val_loss = row.test_loss = row.final ? row.probe_loss : (double)NAN;
		demand(store_put_evaluation(store, trial->key, &row, err), err);
	}
	for (int bucket = 0; bucket < BUCKETS; bucket++)
		demand(store_put_bucket(store, trial->key, "val", bucket, 3000, 1000, err), err);
}

static void fill_store(const struct sweep *sweep)
{
	const struct trial_run run = {"here", "0.1", "openblas", getpid(), 1, 1};
	struct error err = ERROR_INIT;
	struct store *store;
	bool claimed;

	demand(store_open(&store, "results.db", STORE_WRITE, &err), &err);
	for (size_t i = 0; i < sweep->n_trials; i++) {
		const struct trial *trial = sweep->trials[i];
		const struct sweep_member member = {sweep->name, trial->label, trial->tuned, NULL,
						    (int)i};
		struct trial_facts facts;

		trial_facts(trial, &facts);
		if (i % 500 == 0)
			demand(store_begin(store, &err), &err);
		if (i == 0)
			demand(store_put_sweep(store, sweep->name, sweep->text, &err), &err);
		demand(store_put_trial(store, &member, &facts, &err), &err);
		if (i % 500 == 499 || i + 1 == sweep->n_trials)
			demand(store_commit(store, &err), &err);
	}
	for (size_t i = 0; i < sweep->n_trials; i++) {
		const struct trial *trial = sweep->trials[i];

		demand(store_claim(store, trial->key, &run, &claimed, &err), &err);
		demand(store_begin(store, &err), &err);
		put_rows(store, trial, &err);
		demand(store_commit(store, &err), &err);
		demand(store_finish(store, trial->key, TRIAL_done, NULL, &err), &err);
	}
	store_close(store);
}

struct cost {
	double seconds, processor_s;
};

/* Of all commands that have ended. */
static double processor_s(void)
{
	struct rusage used;

	getrusage(RUSAGE_CHILDREN, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* The fastest of some runs; NAN where one failed. */
static struct cost time_command(const char *program, const char *arguments, const char *makes)
{
	struct cost best = {HUGE_VAL, HUGE_VAL};
	char command[512];

	snprintf(command, sizeof(command), "'%s' %s >out 2>err", program, arguments);
	for (int i = 0; i < REPEATS; i++) {
		double start, before = processor_s();

		if (makes)
			remove(makes);
		start = clock_s();
		if (system(command)) {
			fprintf(stderr, "bench_plan: failed: %s\n", command);
			return (struct cost){(double)NAN, (double)NAN};
		}
		best.seconds = fmin(best.seconds, clock_s() - start);
		best.processor_s = fmin(best.processor_s, processor_s() - before);
	}
	return best;
}

static int time_all(const char *program)
{
	int failed = 0;

	printf("%-40s %9s %9s %9s\n", "", "seconds", "processor", "goal");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		struct cost cost = time_command(program, commands[i].arguments, commands[i].makes);

		printf("%-40s %9.2f %9.2f", commands[i].arguments, cost.seconds, cost.processor_s);
		if (commands[i].goal_s > 0)
			printf(" %9g", commands[i].goal_s);
		printf("\n");
		failed |= isnan(cost.seconds);
	}
	return failed;
}

static int unlink_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status, (void)type, (void)at;
	return remove(path);
}

int main(int argc, char **argv)
{
	char scratch[] = "/tmp/muon-sweep-bench-XXXXXX";
	char *program = argc == 2 || argc == 3 ? realpath(argv[1], NULL) : NULL;
	const char *folder = argc == 3 ? argv[2] : program ? mkdtemp(scratch) : NULL;
	struct error err = ERROR_INIT;
	struct sweep *sweep;
	int failed;

	if (!folder || !program || chdir(folder) < 0) {
		fprintf(stderr, "usage: bench_plan PROGRAM [FOLDER]\n");
		return 2;
	}
	setenv("XDG_CACHE_HOME", folder, 1);
	write_corpus();
	demand(sweep_load(&sweep, "large.yaml", NULL, 0, &err), &err);
	if (access("results.db", F_OK) < 0)
		fill_store(sweep);
	printf("%zu trials, %d rows each\n", sweep->n_trials, N_ROWS);
	sweep_free(sweep);
	failed = time_all(program);
	free(program);
	if (argc == 2)
		failed |= chdir("/") < 0 || nftw(folder, unlink_one, 8, FTW_DEPTH | FTW_PHYS) < 0;
	return failed;
}
