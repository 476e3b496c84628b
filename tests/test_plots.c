/* SPDX-License-Identifier: MIT
 *
 * Figures: what is written for gnuplot, and that gnuplot, where it is installed, draws it.
 */
#include <unistd.h>

#include "base/memory.h"
#include "plots/figure.h"
#include "plots/gnuplot.h"
#include "plots/gnuplot_script.h"
#include "plots/style.h"
#include "plots/ticks.h"
#include "tests/check.h"

#define N_SIZES	  3
#define N_BUDGETS 5
#define N_LRS	  4
#define N_PROBES  12

static const double sizes[N_SIZES] = {37e3, 140e3, 560e3};

struct trial_plan {
	const char *arm;
	double params, flops, lr, seed;
	int index;
};

static double true_loss(const struct trial_plan *plan, double flops)
{
	bool muon = strcmp(plan->arm, "muon") == 0;
	double tokens = flops / (6 * plan->params), off = log(plan->lr / (muon ? 2e-2 : 5e-3));
	double noise = 0.006 * sin(91.7 * plan->index + 3.1 * plan->seed);

	return 0.9 + 46 * pow(plan->params, -0.37) +
	       (muon ? 70 : 84) * pow(tokens + 5e3, -0.36) + 0.035 * off * off + noise;
}

static void add_row(struct observations *set, const struct trial_plan *plan, double share)
{
	struct observation *row = observations_add(set);

	row->label = plan->arm;
	row->optimizer = plan->arm;
	row->trial_key = arena_printf(&set->arena, "trial%04d", plan->index);
	row->state = "done";
	row->params = plan->params;
	row->flops = plan->flops * share;
	row->budget_flops = plan->flops;
	row->tokens = row->flops / (6 * plan->params);
	row->steps = row->tokens / 1024;
	row->seconds = row->flops / 2e10;
	row->batch_tokens = 1024;
	row->lr = plan->lr;
	row->seed = plan->seed;
	row->loss = true_loss(plan, row->flops);
	row->bpb = row->loss / log(2) / 0.997;
	row->final = share >= 1;
	row->tuned = "lr";
}

static void add_trial(struct observations *set, const struct trial_plan *plan)
{
	for (int i = 1; i <= N_PROBES; i++)
		add_row(set, plan, pow(2, (i - N_PROBES) / 1.5));
}

/* Two arms, three sizes, five budgets, four learning rates, two seeds. */
static void make_study(struct observations *set)
{
	struct trial_plan plan = {.index = 0};

	for (int arm = 0; arm < 2; arm++)
		for (int size = 0; size < N_SIZES; size++)
			for (int budget = 0; budget < N_BUDGETS; budget++)
				for (int cell = 0; cell < 2 * N_LRS; cell++) {
					plan.arm = arm ? "muon" : "adamw";
					plan.params = sizes[size];
					plan.flops = 4e10 * pow(10, 0.5 * budget);
					plan.lr = (arm ? 5e-3 : 1.2e-3) * pow(2, cell / 2 * 1.2);
					plan.seed = cell % 2;
					plan.index++;
					add_trial(set, &plan);
				}
}

struct fixture {
	struct observations rows, finals;
	struct fit_report report;
	struct figure_input input;
};

static const struct reference_line references[] = {
	{"unigram", 4.66}, {"bigram", 3.48}, {"trigram", 2.61}, {"gzip -9", 2.58}, {"PPMd", 1.49}};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct fit_options options = fit_options_default();
	struct error err = ERROR_INIT;

	make_study(&f->rows);
	options.bootstrap = 60;
	options.laws = "power_offset";
	check_ok(fit_study(&f->rows, &options, &f->report, &err), &err);
	f->input = (struct figure_input){.rows = &f->rows,
					 .study = &f->report.study,
					 .points = f->report.points,
					 .report = &f->report,
					 .counting = &f->report.options.study,
					 .baseline = "adamw",
					 .references = references,
					 .n_references = ARRAY_SIZE(references)};
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	fit_report_release(&f->report);
	observations_release(&f->rows);
	free(f);
	return 0;
}

static void figure_script(const struct fixture *f, const char *name, enum figure_format format,
			  struct text *out)
{
	const struct gnuplot_target target = {format, 80, 24, false};
	struct error err = ERROR_INIT;
	struct chart chart = {0};

	check_ok(figure_draw(figure_find(name, &err), &f->input, &chart, &err), &err);
	gnuplot_add_script(&chart, &target, NULL, NULL, out);
	chart_release(&chart);
}

static void every_figure_is_drawn_in_every_format(void **state)
{
	static const char *const magic[] = {[FORMAT_PNG] = "\x89PNG",
					    [FORMAT_SVG] = "<?xml",
					    [FORMAT_PDF] = "%PDF-",
					    [FORMAT_TERMINAL] = ""};
	const char *keep = getenv("KEEP_FIGURES");

	for (size_t i = 0; figures[i]; i++)
		for (enum figure_format format = FORMAT_PNG; format <= FORMAT_TERMINAL; format++) {
			struct text script = {0}, picture = {0};
			struct error err = ERROR_INIT;

			figure_script(*state, figures[i]->name, format, &script);
			check_ok(gnuplot_run(text_string(&script), &picture, &err), &err);
			assert_true(picture.length > 1000);
			assert_memory_equal(picture.data, magic[format], strlen(magic[format]));
			if (keep) {
				char path[256];
				FILE *file;
				snprintf(path, sizeof(path), "%s/%s.%d", keep, figures[i]->name, format);
				file = fopen(path, "w");
				fwrite(picture.data, 1, picture.length, file);
				fclose(file);
				snprintf(path, sizeof(path), "%s/%s.%d.gp", keep, figures[i]->name, format);
				file = fopen(path, "w");
				fwrite(script.data, 1, script.length, file);
				fclose(file);
			}
			text_release(&script);
			text_release(&picture);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_figure_is_drawn_in_every_format),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
