/* SPDX-License-Identifier: MIT
 *
 * `bench-process CONFIG OPTIMIZER`: one of the processes of `bench --side-by-side`.  Started by it,
 * not by people; hence no line in the overview.
 */
#include "cmd/bench_side.h"
#include "cmd/command.h"
#include "sweep/keys.h"

struct process_options {
	const char *backend;
	int precision;
	int64_t threads;
	struct bench_windows windows;
};

#define FIELD(name)  offsetof(struct process_options, name)
#define WINDOW(name) FIELD(windows.name)

static const struct key options[] = {
	{"backend", KEY_TEXT, FIELD(backend), 0, 0, 0, NULL, "cpu", "NAME", "which backend"},
	{"precision", KEY_CHOICE, FIELD(precision), 0, 0, 0, precision_choices, "fp32", "P",
	 "of products"},
	{"threads", KEY_INTEGER, FIELD(threads), 1, 1024, 0, NULL, "1", "T", "of this process"},
	{"processes", KEY_INTEGER, WINDOW(processes), 1, 1024, 0, NULL, "1", "J", "in all"},
	{"slot", KEY_INTEGER, WINDOW(slot), 0, 1023, 0, NULL, "0", "K", "which one this is"},
	{"start", KEY_REAL, WINDOW(start_s), 0, 1e18, 0, NULL, "0", "S", "of the first window"},
	{"window", KEY_REAL, WINDOW(window_s), 0, 1e6, 0, NULL, "0", "S", "how long one is"},
	{"measured", KEY_REAL, WINDOW(measured_s), 0, 1e6, 0, NULL, "0", "S", "of a window"},
	{"windows", KEY_INTEGER, WINDOW(n_windows), 0, 1e9, 0, NULL, "0", "N",
	 "how many; 0: a rehearsal"},
};

static int run(struct command_line *line, struct error *err)
{
	const struct process_options *o = line->options;
	struct bench_case what = {
		.config = bench_config_find(line->arguments[0], err),
		.optimizer = bench_optimizer_find(line->arguments[1], err),
		.backend = o->backend,
		.use = {(int)o->threads, (enum precision)o->precision},
	};

	if (!what.config || !what.optimizer)
		return -ERR_USAGE;
	return bench_side_train(&what, &o->windows, err);
}

const struct command cmd_bench_process = {
	.name = "bench-process",
	.arguments = "CONFIG OPTIMIZER",
	.min_arguments = 2,
	.max_arguments = 2,
	.summary = "",
	.examples = "muon-sweep bench --side-by-side 2    starts these; there is no need to start "
		    "one by hand\n",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.options_size = sizeof(struct process_options),
	.run = run,
};
