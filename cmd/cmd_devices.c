/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "cmd/command.h"
#include "tensor/tensor.h"

#define MAX_BACKENDS 16

static void print_json(const struct backend_info *list, size_t n, const char *blas, long cores)
{
	struct json json = {0};

	json_open(&json, NULL, '{');
	json_open(&json, "backends", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&json, NULL, '{');
		json_text(&json, "name", list[i].name);
		json_bool(&json, "available", list[i].available);
		json_text(&json, "description", list[i].description);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_text(&json, "blas", blas);
	json_integer(&json, "cores", cores);
	json_close(&json, '}');
	puts(text_string(&json.text));
	json_release(&json);
}

static void print_table(const struct backend_info *list, size_t n, const char *blas, long cores)
{
	for (size_t i = 0; i < n; i++)
		printf("%-8s %-8s %s\n", list[i].name, list[i].available ? "here" : "missing",
		       list[i].description);
	printf("%-8s %ld\n%-8s %s\n", "cores", cores, "BLAS", blas);
}

/* The BLAS always computes on the thread that calls it; --threads are the program's own. */
static void warn_of_threading(const char *blas)
{
	if (strstr(blas, "pthreads"))
		log_warn("OpenBLAS with its own pthreads starts threads that stay idle; trials run "
			 "without them, other commands with OPENBLAS_NUM_THREADS=1 in the "
			 "environment");
	if (strstr(blas, "one thread"))
		log_warn("OpenBLAS for one thread may not be safe to call from several: with "
			 "--threads it computes one product at a time; 'apt-get install "
			 "libopenblas0-openmp' instead");
}

static int run(struct command_line *line, struct error *err)
{
	struct backend_info list[MAX_BACKENDS];
	size_t n = backend_list(list, MAX_BACKENDS);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct text blas = {0};

	(void)err;
	backend_describe_blas(&blas);
	if (line->common.json)
		print_json(list, n, text_string(&blas), cores);
	else
		print_table(list, n, text_string(&blas), cores);
	warn_of_threading(text_string(&blas));
	text_release(&blas);
	return 0;
}

const struct command cmd_devices = {
	.name = "devices",
	.arguments = "",
	.summary = "backends found, and why one is missing",
	.examples = "muon-sweep devices\n"
		    "MUON_SWEEP_CPU=baseline muon-sweep devices --json\n",
	.details =
		"The cpu backend chooses its kernels by the processor; the variable\n"
		"MUON_SWEEP_CPU names others: x86-64-v4-amx, x86-64-v4-bf16, x86-64-v4, x86-64-v3 "
		"or\n"
		"baseline.  Those of the first two are x86-64-v4 in all but products of bfloat16.",
	.options = NULL,
	.n_options = 0,
	.options_size = 0,
	.run = run,
};
