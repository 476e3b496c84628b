/* SPDX-License-Identifier: MIT
 *
 * The report: that it is well-formed, escapes what it is given, says what the fit says, and is
 * whole where parts of it are not to be had.
 */
#include "tests/html_fixture.h"
#include "tests/store_fixture.h"
#include "tests/study_fixture.h"

#include "cmd/fit_output.h"
#include "plots/report_parts.h"

static const struct plan small_plan = {.seeds = 2, .noise = 0.002};

static struct report_input input_of(const struct observations *rows, const struct fit_report *fit)
{
	return (struct report_input){.rows = rows,
				     .study = fit ? &fit->study : NULL,
				     .fit = fit,
				     .flags = " --db 'a&b.db'",
				     .date = "2026-01-02",
				     .law_json = fit_add_law_json};
}

static struct fit_report quick_fit(const struct observations *set)
{
	return fit_set(set, asking("power_offset,chinchilla", 40));
}

/* The study of study_fixture.h with a name to escape. */
static struct fit_report fit_evil(struct observations *set)
{
	make_study(set, &small_plan);
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->rows[i].label, "muon") == 0)
			set->rows[i].label = EVIL;
	set->source = "a<b>.db";
	return quick_fit(set);
}

static void check_order(const char *page, const char *const *parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *found = strstr(page, parts[i]);

		if (!found)
			fail_msg("no '%s' behind '%s'", parts[i], i ? parts[i - 1] : "");
		page = found;
	}
}

static void the_page_says_what_the_fit_says(void **state)
{
	static const char *const sections[] = {"<!DOCTYPE html>",
					       "<style>",
					       "<section id=\"answer\"",
					       "id=\"warnings\"",
					       "id=\"figures\"",
					       "id=\"laws\"",
					       "id=\"law-power_offset\"",
					       "id=\"law-chinchilla\"",
					       "id=\"protocol\"",
					       "id=\"ledger\"",
					       "id=\"methods\"",
					       "id=\"latex-ratios\"",
					       "id=\"trials\"",
					       "id=\"provenance\"",
					       "<script>"};
	struct observations set = {0};
	struct fit_report report = fit_evil(&set);
	struct report_input input = input_of(&set, &report);
	struct report_quote quote = report_quote_of(&report.pairs[0]);
	char ratio[64], warnings[64];
	struct text page = {0};

	(void)state;
	report_write(&input, &page);
	check_balanced(text_string(&page));
	check_order(text_string(&page), sections, ARRAY_SIZE(sections));
	assert_null(strstr(text_string(&page), "<on>"));
	assert_null(strstr(text_string(&page), "a<b>.db"));
	check_contains(text_string(&page), "mu&lt;on&gt; &amp; &quot;co&quot; &#39;x_1&#39;");
	assert_non_null(quote.row);
	check_near(quote.row->ratio[quote.method], RATIO, 0.05, 0);
	report_with_interval(ratio, quote.row->ratio[quote.method],
			     &quote.row->interval[quote.method], 3);
	check_contains(text_string(&page), ratio);
	snprintf(warnings, sizeof(warnings), "#warnings\">%zu warning",
		 report_count_warnings(&input));
	check_contains(text_string(&page), warnings);
	assert_int_equal(count(text_string(&page), "<td>done</td>"), set.n);
	check_contains(text_string(&page), "\\textless{}on\\textgreater{} \\&amp; ");
	check_contains(text_string(&page), "x\\_1");
	text_release(&page);
	release(&report, &set);
}

static void warnings_are_counted_as_they_are_listed(void **state)
{
	struct observations set = {0};
	struct fit_report report = fit_evil(&set);
	struct report_input input = input_of(&set, &report);
	struct text out = {0};

	(void)state;
	text_add(&report.warnings, "first\nsecond\n");
	text_add(&report.refused, "third: none\n");
	report_add_warnings(&input, &out);
	assert_true(report_count_warnings(&input) >= 3);
	assert_int_equal(count(text_string(&out), "<li>"), report_count_warnings(&input));
	text_release(&out);
	release(&report, &set);
}

/* Made choices in the place of the report's own. */
static void choices_are_shown_with_their_extremes(void **state)
{
	const double nan = (double)NAN;
	struct observations set = {0};
	struct fit_report report = fit_evil(&set);
	struct report_input input = input_of(&set, &report);
	struct efficiency *pair = &report.pairs[0];
	struct specification choices[] = {
		{pair->baseline, pair->challenger, "as asked", 1e17, 0.6, {0.5, 0.7}, NULL},
		{pair->baseline, pair->challenger, "low <one>", 1e17, 0.55, {nan, nan}, NULL},
		{pair->baseline, pair->challenger, "high", 1e17, 0.9, {0.8, 1.1}, NULL},
		{pair->baseline, pair->challenger, "none", 1e17, nan, {nan, nan}, "no test slice"},
	};
	struct specification *own = report.specifications;
	size_t n_own = report.n_specifications;
	struct text out = {0};

	(void)state;
	report.specifications = choices;
	report.n_specifications = ARRAY_SIZE(choices);
	report_add_headline(&input, &out);
	check_balanced(text_string(&out));
	check_contains(text_string(&out), "under 2 other defensible choices the ratio lies between "
					  "<b>0.55</b> (low &lt;one&gt;) and <b>0.9</b> (high)");
	check_contains(text_string(&out), "no test slice");
	check_contains(text_string(&out), "1.67 [1.43, 2]");
	check_contains(text_string(&out), "not measured: ");
	report.specifications = own;
	report.n_specifications = n_own;
	text_release(&out);
	release(&report, &set);
}

static void an_interval_around_one_shows_no_difference(void **state)
{
	struct observations set = {0};
	struct fit_report report = fit_evil(&set);
	struct report_input input = input_of(&set, &report);
	struct efficiency_row *row = &report.pairs[0].rows[report.pairs[0].n_rows - 1];
	struct text out = {0};

	(void)state;
	row->ratio[EFFICIENCY_PRIMARY] = 0.95;
	row->interval[EFFICIENCY_PRIMARY] = (struct interval){0.9, 1.02};
	report_add_headline(&input, &out);
	check_contains(text_string(&out), "0.95 [0.9, 1.02]");
	check_contains(text_string(&out), "The interval contains 1: no difference is shown.");
	text_clear(&out);
	row->interval[EFFICIENCY_PRIMARY] = (struct interval){(double)NAN, (double)NAN};
	report_add_headline(&input, &out);
	check_contains(text_string(&out), "There is no interval, so this is no result yet.");
	text_release(&out);
	release(&report, &set);
}

static void a_page_without_a_fit_is_whole(void **state)
{
	struct observations set = {0};
	struct report_input input = input_of(&set, NULL);
	struct report_figure figures_[] = {
		{.figure = &figure_loss}, {.figure = &figure_lr}, {.figure = &figure_frontier}};
	struct text page = {0};

	(void)state;
	observations_add(&set)->loss = 3;
	set.rows[0].final = false;
	input.unfitted = "no <row> is final";
	input.figures = figures_;
	input.n_figures = ARRAY_SIZE(figures_);
	text_add(&figures_[0].title, "Loss & co");
	text_add(&figures_[0].undrawn, "cannot find gnuplot");
	text_add(&figures_[1].unavailable, "figure 'lr': no row has 'lr'");
	text_add(&figures_[2].title, "Frontier");
	text_add(&figures_[2].svg, "<svg></svg>");
	report_write(&input, &page);
	check_balanced(text_string(&page));
	check_contains(text_string(&page), "Nothing could be fitted: no &lt;row&gt; is final.");
	check_contains(text_string(&page), "<p class=\"undrawn\">Not drawn: cannot find gnuplot.");
	check_contains(text_string(&page), "<li>figure &#39;lr&#39;: no row has &#39;lr&#39;</li>");
	check_contains(text_string(&page), "muon-sweep plot frontier --db &#39;a&amp;b.db&#39; -o "
					   "frontier.pdf");
	check_contains(text_string(&page), "No law could be fitted.");
	check_contains(text_string(&page), "0 trials");
	assert_null(strstr(text_string(&page), "id=\"ledger\""));
	for (size_t i = 0; i < ARRAY_SIZE(figures_); i++) {
		text_release(&figures_[i].title);
		text_release(&figures_[i].svg);
		text_release(&figures_[i].undrawn);
		text_release(&figures_[i].unavailable);
	}
	text_release(&page);
	observations_release(&set);
}

static void figures_are_drawn_from_the_catalogue(void **state)
{
	struct observations set = {0};
	struct fit_report report = fit_evil(&set);
	struct study_options counting = {.group_by = NULL};
	const struct figure_input ends = {.rows = &set,
					  .study = &report.study,
					  .points = report.points,
					  .report = &report,
					  .counting = &counting,
					  .baseline = "adamw"};
	struct report_figure *drawn;
	size_t n = report_draw_figures(&ends, &ends, &drawn), shown = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(drawn[i].figure, figures[i]);
		assert_true((drawn[i].unavailable.length > 0) != (drawn[i].title.length > 0));
		if (!drawn[i].svg.length)
			continue;
		shown++;
		check_balanced(text_string(&drawn[i].svg));
		check_contains(text_string(&drawn[i].svg), "class=\"hover\"><title>");
		assert_null(strstr(text_string(&drawn[i].svg), "#ffffff"));
		assert_null(strstr(text_string(&drawn[i].svg), "onmouse"));
	}
	if (system("command -v gnuplot >/dev/null 2>&1") == 0)
		assert_true(shown >= 3);
	report_figures_release(drawn, n);
	release(&report, &set);
}

static void used_flops_contain_those_of_diverged_trials(void **state)
{
	struct observations set = {0};
	struct fit_report report;
	struct observation *row;
	struct report_arm_totals totals;
	double flops = 0;

	(void)state;
	make_study(&set, &small_plan);
	for (size_t i = 0; i < set.n; i++)
		flops += strcmp(set.rows[i].label, "muon") == 0 ? set.rows[i].flops : 0;
	row = observations_add(&set);
	row->label = "muon";
	row->state = "diverged";
	row->flops = 3e17;
	row->final = false;
	report = quick_fit(&set);
	totals = report_arm_totals_of(&(struct report_input){.rows = &set, .study = &report.study},
				      1);
	assert_int_equal(totals.n_trials, SIZES * BUDGETS * LRS * 2);
	assert_int_equal(totals.n_lrs, LRS);
	check_near(totals.flops, flops + 3e17, 1e-12, 0);
	check_near(totals.lr_high, 1.6e-2, 1e-12, 0);
	release(&report, &set);
}

static void the_store_tells_the_protocol(void **state)
{
	const char *path = scratch_path(state, "a.db");
	struct store *store = mixed_store(path);
	struct store_protocol protocol = {0};
	struct error err = ERROR_INIT;

	execute(path, "UPDATE trial SET schedule = 'wsd', backend = CASE trial_key WHEN 'done' "
		      "THEN 'cpu' ELSE 'ref' END, corpus = 'words', "
		      "resolved_spec = '{\"corpus\": {\"hash\": \"abc\", \"val_tokens\": 4096}}'");
	check_ok(store_put_corpus(store, "abc", "words", "from a book\n", &err), &err);
	check_ok(store_put_corpus(store, "def", "words", "of another print\n", &err), &err);
	check_ok(store_protocol_read(store, "s", &protocol, &err), &err);
	assert_int_equal(protocol.n_sweeps, 1);
	assert_string_equal(protocol.sweeps[0].spec, "name: x\n");
	assert_int_equal(protocol.n_corpora, 1);
	assert_string_equal(protocol.corpora[0].provenance, "from a book\n");
	assert_string_equal(protocol.schedule, "wsd");
	assert_string_equal(protocol.backend, "cpu, ref");
	assert_string_equal(protocol.val_tokens, "4096");
	assert_null(protocol.decay);
	assert_int_equal(protocol.n_failures, 2);
	assert_string_equal(protocol.failures[0].reason, "loss 9.5");
	assert_int_equal(protocol.totals.counts[TRIAL_planned], 1);
	store_protocol_release(&protocol);
	assert_int_equal(store_protocol_read(store, "none", &protocol, &err), -ERR_USAGE);
	store_protocol_release(&protocol);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_says_what_the_fit_says),
		cmocka_unit_test(warnings_are_counted_as_they_are_listed),
		cmocka_unit_test(choices_are_shown_with_their_extremes),
		cmocka_unit_test(an_interval_around_one_shows_no_difference),
		cmocka_unit_test(a_page_without_a_fit_is_whole),
		cmocka_unit_test(figures_are_drawn_from_the_catalogue),
		cmocka_unit_test(used_flops_contain_those_of_diverged_trials),
		SCRATCH(the_store_tells_the_protocol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
