/* SPDX-License-Identifier: MIT
 *
 * Figures: what is written for gnuplot, and that gnuplot, where it is installed, draws it.
 */
#include <unistd.h>

#include "base/file.h"
#include "plots/gnuplot.h"
#include "plots/gnuplot_script.h"
#include "tests/chart_checks.h"
#include "tests/curves_fixture.h"

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
	check_contains(err.text, "unknown figure 'bananas'; there are loss, frontier, ");
	assert_int_equal(err.code, ERR_USAGE);
}

static void curves_are_one_line_a_trial(void **state)
{
	const struct fixture *f = *state;
	const struct chart_series *curves, *ends;
	struct chart chart;
	struct text data = {0};
	size_t starts = 1;

	draw_chart(&figure_loss, &f->input, &chart);
	curves = chart_series_named(chart.panels[0], "muon, curves");
	ends = chart_series_named(chart.panels[0], "muon, ends");
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
		draw_chart(&figure_loss, &input, &chart);
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
	draw_chart(&figure_loss, &input, &chart);
	assert_int_equal(chart_series_named(chart.panels[0], "muon, curves")->n, 2);
	assert_int_equal(chart_series_named(chart.panels[0], "muon, ends")->n, 0);
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

	draw_chart(&figure_frontier, &f->input, &chart);
	assert_int_equal(chart_series_named(chart.panels[0], "adamw, all trials")->n,
			 TRIALS_AN_ARM);
	assert_int_equal(chart_series_named(chart.panels[0], "muon, frontier")->n, N_BUDGETS);
	assert_int_equal(chart_series_named(chart.panels[0], "muon, best of tuning")->n,
			 N_BUDGETS * (N_SIZES - 1));
	law = chart_series_named(chart.panels[0], "adamw, L = E + k C^-p");
	band = chart_series_named(chart.panels[0], "adamw, 90 % band of the law");
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
	draw_chart(&figure_frontier, &input, &chart);
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

	draw_chart(&figure_frontier, &f->input, &chart);
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

	draw_chart(&figure_lr, &f->input, &chart);
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
	draw_chart(&figure_loss, &input, &chart);
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

/* Others need what this study has not: their own tests draw them. */
static void figures_are_drawn_in_every_format(void **state)
{
	const struct fixture *f = *state;
	size_t n_drawn = 0;

	for (size_t i = 0; figures[i]; i++) {
		struct error err = ERROR_INIT;
		struct chart chart = {0};

		if (figure_draw(figures[i], &f->input, &chart, &err) == 0) {
			check_drawable(&chart);
			n_drawn++;
		} else {
			assert_int_equal(err.code, ERR_DATA);
			assert_true(strlen(err.text) > 40);
		}
		chart_release(&chart);
	}
	assert_true(n_drawn >= 8);
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
	draw_chart(&figure_lr, &f->input, &chart);
	check_ok(gnuplot_save(&chart, &target, data.data, drawn.data, &err), &err);
	check_ok(file_read(&script, path.data, &err), &err);
	check_contains(text_string(&script), "it''s.dat' index 29 using 1:2");
	assert_int_equal(count_of(text_string(&script), " index "), 60);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_catalogue_finds_describes_and_suggests),
		cmocka_unit_test(curves_are_one_line_a_trial),
		cmocka_unit_test(curves_have_the_axis_that_is_asked_for),
		cmocka_unit_test(curves_are_drawn_before_any_trial_has_ended),
		cmocka_unit_test(the_frontier_has_points_law_band_and_ratio),
		cmocka_unit_test(the_frontier_does_without_a_law),
		cmocka_unit_test(levels_are_nats_and_drawn_within_the_range_only),
		cmocka_unit_test(bowls_have_a_panel_a_size_and_an_optimum_each),
		cmocka_unit_test(names_of_users_are_drawn_as_they_stand),
		cmocka_unit_test(figures_are_drawn_in_every_format),
		cmocka_unit_test(the_numbers_and_the_script_are_saved_without_gnuplot),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
