/* SPDX-License-Identifier: MIT */
#include "sweep/sharing.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sweep/checkpoint_folder.h"

double trial_flops_from(const struct trial *trial, int64_t step)
{
	return trial->flops * (double)(trial->steps - step) / (double)trial->steps;
}

static int compare_steps(int64_t a, int64_t b)
{
	return (a < b) - (a > b);
}

int compare_carriers(const struct trial *a, const struct trial *b)
{
	int order = compare_steps(a->steps - a->schedule.decay_steps,
				  b->steps - b->schedule.decay_steps);

	if (!order)
		order = compare_steps(a->steps, b->steps);
	return order ? order : strcmp(a->key, b->key);
}

/* A trial and the key of what it may share. */
struct sharer {
	const char *key;
	const struct trial *trial;
	int64_t fork;
};

/* By trunk, the carrier first. */
static int by_trunk(const void *a, const void *b)
{
	const struct sharer *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	return order ? order : compare_carriers(x->trial, y->trial);
}

/* Calls `each` for every one of the sorted sharers that has a carrier before it. */
static void each_branch(struct sharer *sharers, size_t n,
			void (*each)(void *context, const struct sharer *branch,
				     const struct sharer *carrier, bool first),
			void *context)
{
	size_t first = 0;

	qsort(sharers, n, sizeof(*sharers), by_trunk);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(sharers[i].key, sharers[first].key) != 0)
			first = i;
		else if (sharers[i].fork > 0)
			each(context, &sharers[i], &sharers[first], i == first + 1);
	}
}

static void branch_off(void *context, const struct sharer *branch, const struct sharer *carrier,
		       bool first)
{
	struct sharing *sharing = context;

	sharing->n_trunks += first;
	sharing->from[branch->trial->position] = branch->fork;
	sharing->carrier[branch->trial->position] = carrier->trial;
}

static void add_up(struct sharing *sharing, const struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->n_trials; i++) {
		const struct trial *trial = sweep->trials[i];

		if (trial->same_as)
			sharing->from[i] = trial->steps;
		sharing->flops += trial->flops;
		sharing->flops_trained += trial_flops_from(trial, sharing->from[i]);
	}
}

void sharing_find(struct sharing *sharing, const struct sweep *sweep)
{
	struct sharer *sharers = xcalloc(sweep->n_trials + 1, sizeof(*sharers));
	size_t n = 0;

	*sharing = (struct sharing){
		.from = xcalloc(sweep->n_trials + 1, sizeof(*sharing->from)),
		.carrier = xcalloc(sweep->n_trials + 1, sizeof(struct trial *)),
	};
	for (size_t i = 0; i < sweep->n_trials; i++) {
		const struct trial *t = sweep->trials[i];

		if (t->trunk_key[0] && !t->same_as)
			sharers[n++] = (struct sharer){t->trunk_key, t, trial_fork_step(t)};
	}
	each_branch(sharers, n, branch_off, sharing);
	add_up(sharing, sweep);
	free(sharers);
}

void sharing_release(struct sharing *sharing)
{
	free(sharing->from);
	free(sharing->carrier);
	*sharing = (struct sharing){0};
}

/* --- advice --- */

struct wish {
	struct sharing_advice advice;
	double shared;
	int64_t shortest; /* tokens */
};

static void wish_for(void *context, const struct sharer *branch, const struct sharer *carrier,
		     bool first)
{
	struct wish *wish = context;
	const struct trial *trial = branch->trial;

	(void)carrier, (void)first;
	wish->shared += trial->flops - trial_flops_from(trial, branch->fork);
	if (wish->shortest > 0 && trial->tokens >= wish->shortest)
		return;
	wish->shortest = trial->tokens;
	wish->advice.warmup = trial->options.schedule.warmup;
	wish->advice.warmup_tokens =
		trial->schedule.warmup_steps * trial->options.train.batch_tokens;
}

struct sharing_advice sharing_advise(const struct sweep *sweep)
{
	struct sharer *sharers = xcalloc(sweep->n_trials + 1, sizeof(*sharers));
	struct arena arena = {0};
	struct wish wish = {.shared = 0};
	double flops = 0;
	size_t n = 0;

	for (size_t i = 0; i < sweep->n_trials; i++) {
		const struct trial *t = sweep->trials[i];

		flops += t->flops;
		if (t->schedule.kind != SCHEDULE_WSD || t->trunk_key[0] || t->same_as)
			continue;
		sharers[n++] = (struct sharer){trial_key_but_horizon(t, &arena), t,
					       t->steps - t->schedule.decay_steps};
	}
	each_branch(sharers, n, wish_for, &wish);
	wish.advice.flops_saved = flops > 0 ? wish.shared / flops : 0;
	free(sharers);
	arena_release(&arena);
	return wish.advice;
}
