/* SPDX-License-Identifier: MIT */
#include "cmd/plan_memory.h"

#include <stdio.h>

#include "base/cores.h"
#include "base/log.h"
#include "base/machine_memory.h"

static void add_trial(struct plan_memory *memory, const struct trial *trial,
		      const struct peak_memory *peak, size_t sum)
{
	const struct train_options *train = &trial->options.train;
	size_t jobs = (size_t)memory->jobs;
	size_t at_once = jobs * (sum - peak->corpus) + peak->corpus;

	if (sum > memory->largest)
		memory->largest = sum;
	if (at_once > memory->at_once)
		memory->at_once = at_once;
	memory->n_parted += train->micro_batch_tokens < train->batch_tokens;
	memory->n_beyond += peak_memory_is_beyond_target(peak);
}

void plan_memory_find(struct plan_memory *memory, const struct sweep *sweep, const bool *mine,
		      int jobs, int threads, struct arena *arena)
{
	*memory = (struct plan_memory){
		.peaks = arena_alloc(arena, sweep->n_trials * sizeof(*memory->peaks)),
		.jobs = cores_at_once(jobs, sweep->n_trials),
	};
	for (size_t i = 0; i < sweep->n_trials; i++) {
		struct peak_memory peak = peak_memory(sweep->trials[i], threads);

		memory->peaks[i] = peak_memory_sum(&peak);
		if (mine[i])
			add_trial(memory, sweep->trials[i], &peak, memory->peaks[i]);
	}
}

void plan_memory_print(const struct plan_memory *memory)
{
	char largest[SHORT_TEXT], target[SHORT_TEXT];

	printf("memory at its peak up to %s a trial",
	       format_bytes(largest, (double)memory->largest));
	if (memory->n_parted)
		printf("; %zu compute a batch in parts, of at most %d tokens and %s of activations "
		       "by default",
		       memory->n_parted, MICRO_BATCH_TOKENS,
		       format_bytes(target, MICRO_BATCH_BYTES));
	printf("\n");
}

void plan_memory_warn(const struct plan_memory *memory)
{
	size_t available = memory_available();
	char need[SHORT_TEXT], have[SHORT_TEXT];

	if (memory->n_beyond)
		log_warn("%zu trials need more than %s of activations for one context alone",
			 memory->n_beyond, format_bytes(need, MICRO_BATCH_BYTES));
	if (available && memory->at_once > available)
		log_warn("%d trials at once may need %s of memory and %s is free here; give fewer "
			 "--jobs or less train.micro_batch_tokens",
			 memory->jobs, format_bytes(need, (double)memory->at_once),
			 format_bytes(have, (double)available));
}
