/* SPDX-License-Identifier: MIT */
#include "cmd/telemetry_load.h"

#include <stdlib.h>

#include "base/memory.h"
#include "results/best_at.h"
#include "results/store.h"

static size_t best_keys(const struct figure_input *input, const char **keys)
{
	const struct study *study = input->study;
	size_t n = 0;

	for (size_t arm = 0; arm < study->n_arms; arm++) {
		size_t cell = study_best_of_largest(study, input->points, arm);

		if (cell < study->n_cells)
			keys[n++] = study_best_trial(study, cell)->row->trial_key;
	}
	return n;
}

int telemetry_load(const char *db, const char *metric, const struct figure_input *input,
		   struct telemetry *set, struct error *err)
{
	const char **keys = xcalloc(input->study->n_arms + 1, sizeof(*keys));
	struct store *store = NULL;
	int result = store_open(&store, db, STORE_READ, err);

	if (!result)
		result = store_telemetry(store, metric, keys, best_keys(input, keys), set, err);
	store_close(store);
	free(keys);
	return result;
}
