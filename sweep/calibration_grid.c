/* SPDX-License-Identifier: MIT */
#include "sweep/calibration_grid.h"

#include <stdio.h>
#include <string.h>

static const char grid[] =
#include "sweep/calibration_grid.yaml.inc"
	;

/* As if there were a corpus of any size. */
static int make_up(const struct corpus_options *options, struct arena *arena,
		   struct corpus_facts *facts, struct error *err)
{
	(void)arena, (void)err;
	*facts = (struct corpus_facts){
		.name = "made-up",
		.tokenizer = "",
		.provenance = "",
		.vocab = options->vocab,
		.eot = -1,
		.epoch_tokens = (uint64_t)1 << 60,
		.slice_tokens = {[CORPUS_VAL] = (uint64_t)options->val_tokens,
				 [CORPUS_TEST] = (uint64_t)options->val_tokens},
	};
	snprintf(facts->hash, sizeof(facts->hash), "made-up");
	return 0;
}

int calibration_grid_load(struct sweep **sweep, const char *const *settings, size_t n_settings,
			  struct error *err)
{
	static const struct corpus_source made_up = {make_up};

	return sweep_read(sweep, "calibration_grid.yaml", grid, strlen(grid), settings, n_settings,
			  &made_up, err);
}
