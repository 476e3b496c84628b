/* SPDX-License-Identifier: MIT
 *
 * Figures: what is written for gnuplot, and that gnuplot, where it is installed, draws it.
 */
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "plots/chart_layout.h"
#include "plots/figure.h"
#include "plots/gnuplot.h"
#include "plots/gnuplot_script.h"
#include "plots/style.h"
#include "plots/ticks.h"
#include "tests/check.h"

#define N_SIZES	      3
#define N_BUDGETS     5
#define N_LRS	      4
#define N_PROBES      12
#define TRIALS_AN_ARM (N_SIZES * N_BUDGETS * N_LRS * 2)

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

	return 0.9 + 46 * pow(plan->params, -0.37) + (muon ? 70 : 84) * pow(tokens + 5e3, -0.36) +
	       0.035 * off * off + noise;
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
	row->tokens = row->flops / (6.6 * plan->params);
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
	struct observations rows;
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

static void draw(const struct figure_input *input, const char *name, struct chart *chart)
{
	struct error err = ERROR_INIT;

	*chart = (struct chart){0};
	check_ok(figure_draw(figure_find(name, &err), input, chart, &err), &err);
}

static const struct chart_series *series_named(const struct chart_panel *panel, const char *name)
{
	for (size_t i = 0; i < panel->n_series; i++)
		if (strcmp(panel->series[i]->name, name) == 0)
			return panel->series[i];
	print_error("no series '%s'\n", name);
	fail();
	return NULL;
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

static bool have_gnuplot(void)
{
	return system("command -v gnuplot >/dev/null 2>&1") == 0;
}

static void ticks_are_few_and_round(void **state)
{
	static const struct {
		double low, high;
		bool log;
		int wanted;
		const char *labels;
	} cases[] = {
		{2e8, 5e12, true, 8, "10⁹ 10¹⁰ 10¹¹ 10¹²"},
		{3.3e10, 5e12, true, 8, "10¹¹ 3×10¹¹ 10¹² 3×10¹²"},
		{1e3, 1e30, true, 7, "10⁴ 10⁸ 10¹² 10¹⁶ 10²⁰ 10²⁴ 10²⁸"},
		{0.0012, 0.06, true, 5, "0.003 0.01 0.03"},
		{0.0012, 0.0063, true, 5, "0.002 0.003 0.005"},
		{1.7, 3.8, true, 7, "2 2.5 3 3.5"},
		{1.9, 2.0, true, 5, "1.9 1.92 1.94 1.96 1.98 2"},
		{0.98, 2.04, false, 5, "1 1.25 1.5 1.75 2"},
		{-1, 1, false, 4, "-1 -0.5 0 0.5 1"},
	};
	struct ticks *ticks = xmalloc(sizeof(*ticks));
	char number[SHORT_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct text labels = {0};

		ticks_choose(ticks, (struct chart_range){cases[i].low, cases[i].high}, cases[i].log,
			     cases[i].wanted);
		for (size_t k = 0; k < ticks->n; k++)
			if (!ticks->list[k].minor)
				text_printf(&labels, "%s%s", labels.length ? " " : "",
					    style_number(ticks->list[k].at, false, number));
		assert_string_equal(text_string(&labels), cases[i].labels);
		text_release(&labels);
	}
	free(ticks);
}

static void arms_differ_in_colour_point_and_dash(void **state)
{
	char one[STYLE_COLOUR_SIZE], other[STYLE_COLOUR_SIZE];

	(void)state;
	assert_string_equal(style_colour(0, 1, one), "#0072b2");
	assert_string_equal(style_colour(1, 1, one), "#d55e00");
	assert_string_equal(style_colour(0, 0, one), "#ffffff");
	assert_string_equal(style_colour(STYLE_NEUTRAL, 1, one), "#5f5f5f");
	for (int i = 0; i < 6; i++)
		for (int k = 0; k < i; k++) {
			assert_string_not_equal(style_colour(i, 1, one), style_colour(k, 1, other));
			assert_string_not_equal(style_dash(i), style_dash(k));
			assert_int_not_equal(style_point(i, false, FORMAT_PNG),
					     style_point(k, false, FORMAT_PNG));
		}
}

static void formats_go_by_the_ending(void **state)
{
	static const struct {
		const char *path, *message;
		enum figure_format format;
	} cases[] = {
		{"a.png", NULL, FORMAT_PNG},
		{"dir.svg/a.b.pdf", NULL, FORMAT_PDF},
		{"x.svg", NULL, FORMAT_SVG},
		{"x.pgn",
		 "cannot draw into 'x.pgn': the name must end with .png, .svg or .pdf; did you "
		 "mean "
		 "'.png'?",
		 0},
		{"dir.png/x",
		 "cannot draw into 'dir.png/x': the name must end with .png, .svg or .pdf", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		enum figure_format format = FORMAT_TERMINAL;
		int result = figure_format_of(cases[i].path, &format, &err);

		assert_string_equal(err.text, cases[i].message ? cases[i].message : "");
		assert_int_equal(result, cases[i].message ? -ERR_USAGE : 0);
		if (!cases[i].message)
			assert_int_equal(format, cases[i].format);
	}
}

static void the_catalogue_finds_describes_and_suggests(void **state)
{
	struct text help = {0};
	struct error err = ERROR_INIT;

	(void)state;
	figures_describe(&help);
	for (size_t i = 0; figures[i]; i++) {
		assert_ptr_equal(figure_find(figures[i]->name, &err), figures[i]);
		check_contains(text_string(&help), figures[i]->name);
		check_contains(text_string(&help), figures[i]->summary);
	}
	text_release(&help);
	assert_null(figure_find("lose", &err));
	assert_string_equal(err.text, "unknown figure 'lose'; did you mean 'loss'?");
	assert_null(figure_find("bananas", &err));
	assert_string_equal(err.text, "unknown figure 'bananas'; there are loss, frontier, lr");
	assert_int_equal(err.code, ERR_USAGE);
}

static void texts_are_quoted_and_wrapped(void **state)
{
	struct text out = {0};

	(void)state;
	gnuplot_add_quoted(&out, "it's \"a_b\" {x}^2 \\n\n`ls`");
	assert_string_equal(text_string(&out), "'it''s \"a_b\" {x}^2 \\n `ls`'");
	text_clear(&out);
	assert_int_equal(text_wrap("one two three four", 9, &out), 3);
	assert_string_equal(text_string(&out), "one two\nthree\nfour\n");
	text_clear(&out);
	assert_int_equal(text_wrap("", 9, &out), 0);
	assert_int_equal(text_wrap("µµµµ µµµµ\nlongerthanthat x", 9, &out), 3);
	assert_string_equal(text_string(&out), "µµµµ µµµµ\nlongerthanthat\nx\n");
	text_release(&out);
}

static void rows_that_cannot_be_drawn_are_left_out(void **state)
{
	const struct chart_axis x = {"x", "x", true}, y = {"y", "y", false};
	struct chart chart = {0};
	struct chart_panel *panel = chart_add_panel(&chart, "", &x, &y);
	struct chart_series *line =
		chart_add_series(&chart, panel, "line", &(struct chart_look){.mark = CHART_LINE});
	struct chart_series *band =
		chart_add_series(&chart, panel, "band", &(struct chart_look){.mark = CHART_BAND});
	struct chart_range range_x, range_y;
	struct text data = {0};

	(void)state;
	chart.title = "t";
	assert_false(chart_panel_range(panel, &range_x, &range_y));
	assert_false(chart_add_point(&chart, line, (double)NAN, 1, NULL));
	assert_false(chart_add_point(&chart, line, 1, HUGE_VAL, NULL));
	assert_false(chart_add_point(&chart, line, 0, 1, NULL));
	assert_true(chart_add_point(&chart, line, 1, -2, "a\nb"));
	chart_break(&chart, line, "second");
	assert_true(chart_add_point(&chart, line, 2, 0, NULL));
	assert_false(chart_add_band(band, 1, (double)NAN, 2));
	assert_true(chart_add_band(band, 3, 1, 2));
	assert_true(chart_panel_range(panel, &range_x, &range_y));
	check_near(range_x.high, 3, 0, 0);
	check_near(range_y.low, -2, 0, 0);
	gnuplot_add_data(&chart, &data);
	check_contains(text_string(&data),
		       "# index 0: line\n# x y\n1 -2 # a b\n\n2 0 # second\n\n\n");
	check_contains(text_string(&data), "# index 1: band\n# x y_low y_high\n3 1 2\n\n\n");
	text_release(&data);
	chart_release(&chart);
}

static void curves_are_one_line_a_trial(void **state)
{
	const struct fixture *f = *state;
	const struct chart_series *curves, *ends;
	struct chart chart;
	struct text data = {0};
	size_t starts = 1;

	draw(&f->input, "loss", &chart);
	curves = series_named(chart.panels[0], "muon, curves");
	ends = series_named(chart.panels[0], "muon, ends");
	for (size_t i = 0; i < curves->n; i++) {
		starts += curves->rows[i].starts;
		assert_true(i == 0 || curves->rows[i].starts ||
			    curves->rows[i].x > curves->rows[i - 1].x);
	}
	assert_int_equal(starts, TRIALS_AN_ARM);
	assert_int_equal(curves->n, TRIALS_AN_ARM * N_PROBES);
	assert_int_equal(ends->n, TRIALS_AN_ARM);
	check_contains(text_string(&chart.caption), "n = 240 trials, 2 arms.");
	check_contains(text_string(&chart.caption), "exact causal count, forward + backward");
	gnuplot_add_data(&chart, &data);
	assert_null(strstr(text_string(&data), "nan"));
	check_contains(text_string(&data), "# muon, N 37k, batch 1024, lr 0.005, seed 0, trial");
	text_release(&data);
	chart_release(&chart);
}

static void curves_have_the_axis_that_is_asked_for(void **state)
{
	static const char *const names[] = {"flops", "tokens", "steps", "seconds"};
	const struct fixture *f = *state;

	for (enum figure_x x = FIGURE_X_FLOPS; x <= FIGURE_X_SECONDS; x++) {
		struct figure_input input = f->input;
		struct chart chart;

		input.x = x;
		draw(&input, "loss", &chart);
		assert_string_equal(chart.panels[0]->x.name, names[x]);
		chart_release(&chart);
	}
}

static void curves_are_drawn_before_any_trial_has_ended(void **state)
{
	struct observations rows = {0};
	struct trial_plan plan = {"muon", 37e3, 1e11, 0.02, 0, 1};
	struct figure_input input = ((struct fixture *)*state)->input;
	struct error err = ERROR_INIT;
	struct chart chart;

	add_row(&rows, &plan, 0.5);
	add_row(&rows, &plan, 0.25);
	add_row(&rows, &plan, 0.25); /* also in another sweep */
	rows.rows[0].loss = rows.rows[1].loss = rows.rows[2].loss = (double)NAN;
	rows.rows[0].train_loss = 2;
	rows.rows[1].train_loss = rows.rows[2].train_loss = 3;
	input.rows = &rows;
	input.study = NULL;
	draw(&input, "loss", &chart);
	assert_int_equal(series_named(chart.panels[0], "muon, curves")->n, 2);
	assert_int_equal(series_named(chart.panels[0], "muon, ends")->n, 0);
	assert_string_equal(chart.panels[0]->y.title, "training loss L (nats/token)");
	chart_release(&chart);
	assert_int_equal(figure_draw(&figure_frontier, &input, &chart, &err), -ERR_DATA);
	assert_string_equal(err.text, "figure 'frontier': no trial has reached its end");
	rows.n = 0;
	chart = (struct chart){0};
	assert_int_equal(figure_draw(&figure_loss, &input, &chart, &err), -ERR_DATA);
	assert_string_equal(err.text, "figure 'loss': no row has both 'flops' and a loss");
	chart_release(&chart);
	observations_release(&rows);
}

static void the_frontier_has_points_law_band_and_ratio(void **state)
{
	const struct fixture *f = *state;
	const struct chart_series *law, *band;
	struct chart chart;

	draw(&f->input, "frontier", &chart);
	assert_int_equal(series_named(chart.panels[0], "adamw, all trials")->n, TRIALS_AN_ARM);
	assert_int_equal(series_named(chart.panels[0], "muon, frontier")->n, N_BUDGETS);
	assert_int_equal(series_named(chart.panels[0], "muon, best of tuning")->n,
			 N_BUDGETS * (N_SIZES - 1));
	law = series_named(chart.panels[0], "adamw, L = E + k C^-p");
	band = series_named(chart.panels[0], "adamw, 90 % band of the law");
	assert_int_equal(law->n, band->n);
	for (size_t i = 0; i < law->n; i++) {
		assert_true(band->rows[i].low < band->rows[i].high);
		check_near(law->rows[i].y, (band->rows[i].low + band->rows[i].high) / 2, 0.05, 0);
	}
	assert_int_equal(chart.panels[0]->n_spans, 1);
	assert_true(chart.panels[0]->spans[0].from < chart.panels[0]->spans[0].to);
	check_contains(text_string(&chart.caption), "n = 240 trials, 3 sizes, 2 seeds.");
	check_contains(text_string(&chart.caption), " muon needs 0.");
	check_contains(text_string(&chart.caption), "(60 replicates)");
	chart_release(&chart);
}

static void the_frontier_does_without_a_law(void **state)
{
	struct figure_input input = ((struct fixture *)*state)->input;
	struct chart chart;

	input.report = NULL;
	input.unfitted = "too few points";
	draw(&input, "frontier", &chart);
	assert_int_equal(chart.panels[0]->n_spans, 0);
	check_contains(text_string(&chart.caption), " No law: too few points.");
	chart_release(&chart);
}

static void levels_are_nats_and_drawn_within_the_range_only(void **state)
{
	const struct fixture *f = *state;
	const struct gnuplot_target target = {FORMAT_SVG, 80, 24, false};
	struct chart chart;
	struct text script = {0};

	draw(&f->input, "frontier", &chart);
	assert_int_equal(chart.panels[0]->n_levels, ARRAY_SIZE(references));
	check_near(chart.panels[0]->levels[0].y, 4.66 * log(2) * 0.997, 1e-9, 0);
	gnuplot_add_script(&chart, &target, NULL, NULL, &script);
	check_contains(text_string(&script), "set label 'unigram 4.66' at graph");
	assert_null(strstr(text_string(&script), "set label 'PPMd"));
	text_release(&script);
	chart_release(&chart);
}

static void bowls_have_a_panel_a_size_and_an_optimum_each(void **state)
{
	const struct fixture *f = *state;
	struct chart chart;
	size_t bowls = 0, optima = 0;

	draw(&f->input, "lr", &chart);
	assert_int_equal(chart.n_panels, N_SIZES);
	assert_string_equal(chart.panels[0]->title, "N = 37k");
	for (size_t i = 0; i < chart.panels[2]->n_series; i++) {
		const struct chart_series *series = chart.panels[2]->series[i];

		bowls += series->look.mark == CHART_LINE_POINTS && series->n == N_LRS;
		optima += series->look.mark == CHART_POINTS && series->n == 1;
	}
	assert_int_equal(bowls, 2 * N_BUDGETS);
	assert_int_equal(optima, 2 * N_BUDGETS);
	check_contains(text_string(&chart.caption), "on the edge of the grid (0 of 30).");
	chart_release(&chart);
}

static void names_of_users_are_drawn_as_they_stand(void **state)
{
	struct observations rows = {0};
	struct trial_plan plan = {"mu_{on}'s\n^2", 37e3, 1e11, 0.02, 0, 1};
	struct figure_input input = ((struct fixture *)*state)->input;
	struct text script = {0}, picture = {0};
	struct error err = ERROR_INIT;
	struct chart chart;

	add_trial(&rows, &plan);
	input.rows = &rows;
	input.study = NULL;
	draw(&input, "loss", &chart);
	gnuplot_add_script(&chart, &(struct gnuplot_target){FORMAT_SVG, 80, 24, false}, NULL, NULL,
			   &script);
	check_contains(text_string(&script), "title 'mu_{on}''s ^2'");
	check_contains(text_string(&script), "# mu_{on}'s ^2, N 37k");
	check_contains(text_string(&script), "set terminal svg noenhanced");
	if (have_gnuplot()) {
		check_ok(gnuplot_run(text_string(&script), &picture, &err), &err);
		check_contains(text_string(&picture), "mu_{on}'s ^2");
	}
	text_release(&script);
	text_release(&picture);
	chart_release(&chart);
	observations_release(&rows);
}

static void every_figure_is_drawn_in_every_format(void **state)
{
	static const char *const magic[] = {[FORMAT_PNG] = "\x89PNG",
					    [FORMAT_SVG] = "<?xml",
					    [FORMAT_PDF] = "%PDF-",
					    [FORMAT_TERMINAL] = " "};
	const struct fixture *f = *state;

	if (!have_gnuplot())
		skip();
	for (size_t i = 0; figures[i]; i++)
		for (enum figure_format format = FORMAT_PNG; format <= FORMAT_TERMINAL; format++) {
			const struct gnuplot_target target = {format, 80, 24, false};
			struct error err = ERROR_INIT;
			struct text picture = {0};
			struct chart chart;

			draw(&f->input, figures[i]->name, &chart);
			check_ok(gnuplot_draw(&chart, &target, &picture, &err), &err);
			assert_true(picture.length > 1000);
			assert_memory_equal(picture.data, magic[format], strlen(magic[format]));
			text_release(&picture);
			chart_release(&chart);
		}
}

static void the_numbers_and_the_script_are_saved_without_gnuplot(void **state)
{
	const struct fixture *f = *state;
	const struct gnuplot_target target = {FORMAT_SVG, 80, 24, false};
	char folder[] = "/tmp/test_plots.XXXXXX";
	struct text data = {0}, path = {0}, script = {0}, drawn = {0};
	struct error err = ERROR_INIT;
	struct chart chart;

	assert_non_null(mkdtemp(folder));
	text_printf(&data, "%s/it's.dat", folder);
	text_printf(&path, "%s.gp", data.data);
	text_printf(&drawn, "%s.svg", data.data);
	draw(&f->input, "lr", &chart);
	check_ok(gnuplot_save(&chart, &target, data.data, drawn.data, &err), &err);
	check_ok(file_read(&script, path.data, &err), &err);
	check_contains(text_string(&script), "it''s.dat' index 29 using 1:2");
	assert_int_equal(count(text_string(&script), " index "), 60);
	assert_null(strstr(text_string(&script), "$numbers"));
	if (have_gnuplot()) {
		struct text nothing = {0}, svg = {0};

		check_ok(gnuplot_run(text_string(&script), &nothing, &err), &err);
		check_ok(file_read(&svg, drawn.data, &err), &err);
		check_contains(text_string(&svg), "</svg>");
		unlink(drawn.data);
		text_release(&nothing);
		text_release(&svg);
	}
	unlink(data.data);
	unlink(path.data);
	rmdir(folder);
	text_release(&data);
	text_release(&path);
	text_release(&script);
	text_release(&drawn);
	chart_release(&chart);
}

static void trouble_with_gnuplot_is_told(void **state)
{
	struct error err = ERROR_INIT;
	struct text picture = {0};
	char *path = xstrdup(getenv("PATH"));

	(void)state;
	if (have_gnuplot()) {
		assert_int_equal(gnuplot_run("plot 'a\nplot nonsense(\n", &picture, &err), -ERR_IO);
		check_contains(err.text, "gnuplot failed: line ");
	}
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(gnuplot_run("plot x\n", &picture, &err), -ERR_IO);
	setenv("PATH", path, 1);
	assert_string_equal(err.text,
			    "cannot find gnuplot; install it ('apt-get install gnuplot-nox'), or "
			    "write the numbers and the script with --data FILE");
	text_release(&picture);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_are_few_and_round),
		cmocka_unit_test(arms_differ_in_colour_point_and_dash),
		cmocka_unit_test(formats_go_by_the_ending),
		cmocka_unit_test(the_catalogue_finds_describes_and_suggests),
		cmocka_unit_test(texts_are_quoted_and_wrapped),
		cmocka_unit_test(rows_that_cannot_be_drawn_are_left_out),
		cmocka_unit_test(curves_are_one_line_a_trial),
		cmocka_unit_test(curves_have_the_axis_that_is_asked_for),
		cmocka_unit_test(curves_are_drawn_before_any_trial_has_ended),
		cmocka_unit_test(the_frontier_has_points_law_band_and_ratio),
		cmocka_unit_test(the_frontier_does_without_a_law),
		cmocka_unit_test(levels_are_nats_and_drawn_within_the_range_only),
		cmocka_unit_test(bowls_have_a_panel_a_size_and_an_optimum_each),
		cmocka_unit_test(names_of_users_are_drawn_as_they_stand),
		cmocka_unit_test(every_figure_is_drawn_in_every_format),
		cmocka_unit_test(the_numbers_and_the_script_are_saved_without_gnuplot),
		cmocka_unit_test(trouble_with_gnuplot_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
