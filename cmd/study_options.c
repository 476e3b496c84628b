/* SPDX-License-Identifier: MIT */
#include "cmd/study_options.h"

#include <string.h>

#include "base/memory.h"
#include "cmd/shell_word.h"
#include "results/csv.h"
#include "results/store.h"

enum { LOSS_OWN, LOSS_FIRST }; /* then enum robust_kind */

const struct key_choice study_losses[] = {
	{"own", NULL, "what the law is known for"},
	{"huber", NULL, "Huber's on ln L"},
	{"lad", NULL, "absolute deviations of ln L"},
	{"lsq_log", NULL, "squares of ln L"},
	{"lsq", NULL, "squares of L"},
	{0},
};
const struct key_choice study_envelopes[] = {
	{"hull", NULL, "lower convex hull of (ln C, ln L)"},
	{"bins", NULL, "lowest loss at 1,500 log-spaced C"},
	{0},
};
const struct key_choice study_params[] = {
	{"all", "total", "with embedding and head"},
	{"non_embedding", NULL, "block matrices and gains"},
	{0},
};
const struct key_choice study_flops[] = {
#define X(kind, text, meaning) {text, NULL, meaning},
	COUNT_FLOPS_KINDS(X)
#undef X
		{0},
};
const struct key_choice study_yes_no[] = {{"no", NULL, ""}, {"yes", NULL, ""}, {0}};
const struct key_choice study_loss_columns[] = {
	{"val_loss", "loss", "held-out loss"}, {"test_loss", NULL, "test slice"}, {0}};

struct fit_options study_fit_options(const struct study_flags *flags)
{
	struct fit_options options = fit_options_default();

	options.study = (struct study_options){
		.params = (enum count_params)flags->params,
		.flops = (enum count_flops)flags->flops,
		.count_optimizer = flags->count_optimizer,
		.test_loss = flags->loss_column == 1,
		.group_by = flags->group_by,
	};
	options.laws = flags->laws;
	options.loss_given = flags->loss != LOSS_OWN;
	if (options.loss_given)
		options.robust.kind = (enum robust_kind)(flags->loss - LOSS_FIRST);
	options.delta = flags->delta;
	options.envelope_bins = flags->envelope == 1;
	options.baseline_given = flags->baseline[0] != '\0';
	if (options.baseline_given)
		options.baseline = flags->baseline;
	options.bootstrap = (int)flags->bootstrap;
	options.seed = (uint64_t)flags->seed;
	return options;
}

void study_add_flags(const struct study_flags *flags, struct text *out)
{
	static const struct key keys[] = {STUDY_KEYS(0)};
	struct study_flags defaults;
	struct arena arena = {0};

	keys_set_defaults(keys, ARRAY_SIZE(keys), &defaults, &arena);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct text value = {0}, usual = {0};

		key_add_value(&keys[i], flags, &value);
		key_add_value(&keys[i], &defaults, &usual);
		if (strcmp(text_string(&value), text_string(&usual)) != 0) {
			text_printf(out, " --%s ", keys[i].name);
			shell_add_word(out, text_string(&value));
		}
		text_release(&value);
		text_release(&usual);
	}
	arena_release(&arena);
}

static const char *given(const char *text)
{
	return text && text[0] ? text : NULL;
}

static void keep_sweep(struct observations *set, const char *sweep)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->n; i++)
		if (set->rows[i].sweep && strcmp(set->rows[i].sweep, sweep) == 0)
			set->rows[kept++] = set->rows[i];
	set->n = kept;
}

static int load_csv(const struct study_flags *flags, const char *const *needed,
		    struct observations *set, size_t *n_dropped, struct error *err)
{
	const struct csv_options options = {given(flags->map), given(flags->where), needed};
	struct csv_report report = {0};
	int result = csv_observations(flags->csv, &options, set, &report, err);

	if (!result) {
		csv_report_log(&report, flags->csv);
		*n_dropped = report.n_dropped;
		if (given(flags->sweep))
			keep_sweep(set, flags->sweep);
	}
	csv_report_release(&report);
	return result;
}

static int load_store(const char *path, const struct study_flags *flags, bool curves,
		      struct observations *set, struct error *err)
{
	const struct store_query query = {
		.sweep = given(flags->sweep), .where = given(flags->where), .curves = curves};
	struct store *store = NULL;
	int result;

	if (given(flags->map))
		return error_set(err, ERR_USAGE,
				 "'--map' needs '--csv FILE': the store's columns "
				 "have their names");
	result = store_open(&store, path, STORE_READ, err);
	if (!result)
		result = store_observations(store, &query, set, err);
	store_close(store);
	return result;
}

int study_load(const struct command_line *line, const struct study_flags *flags, bool curves,
	       const char *const *needed, struct observations *set, size_t *n_dropped,
	       struct error *err)
{
	const char *source = given(flags->csv) ? flags->csv : line->common.db;
	int result;

	*n_dropped = 0;
	result = given(flags->csv) ? load_csv(flags, needed, set, n_dropped, err)
				   : load_store(source, flags, curves, set, err);
	if (result)
		return result;
	set->source = arena_strdup(&set->arena, source);
	if (!set->n && *n_dropped && !given(flags->where) && !given(flags->sweep))
		return error_set(err, ERR_DATA, "no row of '%s' can be used", source);
	if (!set->n)
		return error_set(err, ERR_DATA, "no row of '%s' fulfils the conditions%s", source,
				 given(flags->csv) ? ""
						   : "; 'muon-sweep status' tells what is there");
	return 0;
}
