/* SPDX-License-Identifier: MIT
 *
 * Sweep files.  Lines "# -s path=value" at the end are settings of the command line, as the store
 * keeps them.  What tunes is tuned, on losses that a hash makes up.
 */
#include "base/log.h"
#include "sweep/cell.h"
#include "sweep/override.h"
#include "sweep/tuning.h"
#include "tests/fuzz/fuzz.h"
#include "tests/spec_fixture.h"

#define MAX_SETTINGS 8
#define MAX_CELLS    200 /* more of the same take time and show nothing */
#define MAX_TRIALS   600
#define MAX_ROUNDS   8
#define SETTING	     "# -s "

struct input {
	char *text; /* with its settings cut into strings */
	size_t size;
	const char *settings[MAX_SETTINGS];
	size_t n_settings;
};

static void take_settings(struct input *input)
{
	for (char *line = input->text; line && input->n_settings < MAX_SETTINGS;) {
		char *end = strchr(line, '\n');

		if (strncmp(line, SETTING, strlen(SETTING)) == 0) {
			if (input->n_settings == 0)
				input->size = (size_t)(line - input->text);
			input->settings[input->n_settings++] = line + strlen(SETTING);
			if (end)
				*end = '\0';
		}
		line = end ? end + 1 : NULL;
	}
}

/* Whether it is worth building. */
static bool is_small(const struct input *input, struct arena *arena)
{
	struct error err = ERROR_INIT;
	struct spec *spec = arena_alloc(arena, sizeof(*spec));
	struct node *root;
	size_t n_cells = 0;
	int result = yaml_parse(&root, "t.yaml", input->text, input->size, arena, &err);

	for (size_t i = 0; i < input->n_settings && !result; i++)
		result = override_apply(root, input->settings[i], arena, &err);
	if (!result)
		result = spec_read(spec, root, arena, &err);
	fuzz_demand(!result == !err.text[0]);
	if (result)
		return false;
	for (size_t i = 0; i < spec->n_arms; i++) {
		struct arm_grid grid;

		arm_grid_init(&grid, spec, (int)i, arena);
		if (grid.n_cells > MAX_CELLS)
			return false;
		n_cells += grid.n_cells;
	}
	return n_cells <= MAX_CELLS;
}

/* A worker finds its trial by the cell alone. */
static void look_up(struct sweep *sweep, const struct trial *trial)
{
	const struct cell_choice choice = {.cell = trial->cell};
	struct error err = ERROR_INIT;
	struct trial *found;
	struct text title = {0};
	struct trial_facts facts;

	fuzz_demand(sweep_extend(sweep, &choice, &found, &err) == 0);
	fuzz_demand(found == trial);
	trial_facts(trial, &facts);
	fuzz_demand(facts.steps_total >= TRIAL_MIN_STEPS && facts.params > 0 &&
		    facts.flops_total > 0);
	trial_title(trial, &title);
	text_release(&title);
}

/* Ends in [2, 3), and now and then in divergence. */
static void tell(struct tuner *tuner, const struct trial *trial)
{
	uint64_t hash = hash64(1, trial->key, strlen(trial->key));
	bool diverged = hash % 8 == 0;

	tuner_tell(tuner, trial, diverged ? TRIAL_diverged : TRIAL_done,
		   diverged ? (double)NAN : 2 + (double)(hash >> 11) * 0x1p-53);
}

static void tune(struct sweep *sweep)
{
	struct error err = ERROR_INIT;
	struct text lines = {0};
	struct tuner *tuner;
	int added = 1;

	if (tuner_new(&tuner, sweep, &err)) {
		fuzz_demand(err.text[0]);
		return;
	}
	for (int i = 0; i < MAX_ROUNDS && added > 0 && sweep->n_trials < MAX_TRIALS; i++) {
		size_t before = sweep->n_trials;

		for (size_t k = 0; k < sweep->n_trials; k++)
			tell(tuner, sweep->trials[k]);
		added = tuner_advance(tuner, &err);
		fuzz_demand(added < 0 ? err.text[0] : sweep->n_trials == before + (size_t)added);
	}
	tuner_describe_waiting(tuner, &lines);
	tuner_describe_results(tuner, &lines);
	text_release(&lines);
	tuner_free(tuner);
}

static void build(const struct input *input)
{
	struct error err = ERROR_INIT;
	struct sweep *sweep;

	if (sweep_read(&sweep, "t.yaml", input->text, input->size, input->settings,
		       input->n_settings, &fixture_source, &err)) {
		fuzz_demand(err.text[0]);
		return;
	}
	fuzz_demand(sweep->n_trials > 0);
	for (size_t i = 0, n = sweep->n_trials; i < n; i += 1 + n / 8)
		look_up(sweep, sweep->trials[i]);
	tune(sweep);
	sweep_free(sweep);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {.text = xstrndup((const char *)data, size), .size = size};
	struct arena arena = {0};

	log_set_level(LOG_QUIET);
	input.size = strlen(input.text);
	take_settings(&input);
	if (is_small(&input, &arena))
		build(&input);
	arena_release(&arena);
	free(input.text);
	return 0;
}
