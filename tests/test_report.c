/* SPDX-License-Identifier: MIT
 *
 * The report: that it is well-formed, escapes what it is given, says what the fit says, and is
 * whole where parts of it are not to be had.
 */
#include "tests/store_fixture.h"
#include "tests/study_fixture.h"

#include "cmd/fit_output.h"
#include "cmd/study_options.h"
#include "plots/gnuplot_hover.h"
#include "plots/html.h"
#include "plots/report_parts.h"
#include "plots/svg_inline.h"
#include "plots/svg_paint.h"

#define EVIL "mu<on> & \"co\" 'x_1'"

static const struct plan small_plan = {.seeds = 2, .noise = 0.002};

/* --- well-formedness --- */

static bool is_void(const char *name, size_t length)
{
	static const char *const names[] = {"meta", "input", "!DOCTYPE", "br"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
			return true;
	return false;
}

struct open_tags {
	struct {
		const char *name;
		size_t length;
	} list[64];
	size_t n;
};

static void close_tag(struct open_tags *open, const char *name, size_t length)
{
	if (open->n == 0 || open->list[open->n - 1].length != length ||
	    strncmp(open->list[open->n - 1].name, name, length) != 0)
		fail_msg("</%.*s> closes <%.*s>", (int)length, name,
			 open->n ? (int)open->list[open->n - 1].length : 0,
			 open->n ? open->list[open->n - 1].name : "");
	open->n--;
}

/* Behind a <script> or <style>, what they hold. */
static const char *behind_raw(const char *name, size_t length, const char *end)
{
	char closing[16];

	snprintf(closing, sizeof(closing), "</%.*s>", (int)length, name);
	return strstr(end, closing);
}

/* Every tag is closed by its own, in order. */
static void check_balanced(const char *page)
{
	struct open_tags open = {.n = 0};

	for (const char *at = strchr(page, '<'); at; at = strchr(at, '<')) {
		const char *name = at + 1, *end = strchr(at, '>');
		size_t length = strcspn(name, " />\n");

		assert_non_null(end);
		at = end;
		if (name[0] == '/')
			close_tag(&open, name + 1, strcspn(name + 1, ">"));
		else if (!is_void(name, length) && end[-1] != '/') {
			assert_true(open.n < ARRAY_SIZE(open.list));
			open.list[open.n].name = name;
			open.list[open.n++].length = length;
			if (strncmp(name, "script", 6) == 0 || strncmp(name, "style", 5) == 0)
				at = behind_raw(name, length, end);
		}
	}
	assert_int_equal(open.n, 0);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

/* --- pieces --- */

static void texts_are_escaped(void **state)
{
	struct text out = {0};

	(void)state;
	html_element(&out, "p", "class=\"a\"", EVIL "\x01");
	assert_string_equal(
		text_string(&out),
		"<p class=\"a\">mu&lt;on&gt; &amp; &quot;co&quot; &#39;x_1&#39; </p>\n");
	text_clear(&out);
	assert_int_equal(html_add_items(&out, "a&b", "one\ntwo <\n"), 2);
	assert_string_equal(text_string(&out), "<li><b>a&amp;b</b>: one</li>\n"
					       "<li><b>a&amp;b</b>: two &lt;</li>\n");
	text_clear(&out);
	html_real(&out, "%.3f", (double)NAN);
	html_real(&out, "%.3f", 1.25);
	assert_string_equal(text_string(&out), "<td class=\"n\"></td><td class=\"n\">1.250</td>");
	text_release(&out);
}

static void shades_become_opacities(void **state)
{
	static const struct {
		const char *colour, *value;
		double opacity;
	} cases[] = {
		{"black", "currentColor", 1},
		{"rgb( 64,  64,  64)", "currentColor", 191.0 / 255},
		{"rgb(228,228,228)", "currentColor", 27.0 / 255},
		{"#ffffff", "var(--page)", 1},
		{"rgb(  0, 114, 178)", "#0072b2", 1},
		{"rgb(166, 206, 228)", "#0072b2", 0.35},
		{"rgb(240, 199, 166)", "#d55e00", 0.35},
		{"rgb(10, 250, 10)", "rgb(10, 250, 10)", 1},
		{"none", "none", 1},
		{"currentColor", "currentColor", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct svg_paint paint = svg_paint_of(cases[i].colour);

		assert_string_equal(paint.value, cases[i].value);
		check_near(paint.opacity, cases[i].opacity, 0, 0.01);
	}
}

/* Two panels: a line with notes and points, a band, and points. */
static void make_chart(struct chart *chart)
{
	const struct chart_axis x = {"flops", "C", true}, y = {"loss", "L", false};
	struct chart_panel *first = chart_add_panel(chart, "one", &x, &y);
	struct chart_panel *second = chart_add_panel(chart, "two", &x, &y);
	struct chart_series *line = chart_add_series(
		chart, first, "curve", &(struct chart_look){.mark = CHART_LINE, .width = 1});
	struct chart_series *band =
		chart_add_series(chart, first, "band", &(struct chart_look){.mark = CHART_BAND});
	struct chart_series *points = chart_add_series(
		chart, second, EVIL, &(struct chart_look){.mark = CHART_POINTS, .size = 1});

	chart->title = "";
	chart_break(chart, line, "trial a");
	chart_add_point(chart, line, 1, 5, NULL);
	chart_add_point(chart, line, 2, 4, NULL);
	chart_break(chart, line, "trial b");
	chart_add_point(chart, line, 3, 3, NULL);
	chart_add_band(band, 1, 2, 3);
	chart_add_point(chart, points, 10, 2.5, "lr 0.1");
}

static void hovers_lead_back_to_their_points(void **state)
{
	static const char *const texts[] = {
		"one: curve\nC: 1\nL: 5\ntrial a", "one: curve\nC: 2\nL: 4\ntrial a",
		"one: curve\nC: 3\nL: 3\ntrial b", "two: " EVIL "\nC: 10\nL: 2.5\nlr 0.1", ""};
	struct chart chart = {0};
	struct text out = {0};

	(void)state;
	make_chart(&chart);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		text_clear(&out);
		gnuplot_hover_text(&chart, i, &out);
		assert_string_equal(text_string(&out), texts[i]);
	}
	text_clear(&out);
	assert_true(gnuplot_add_hover_data(&chart, 0, &out));
	assert_string_equal(text_string(&out), "$hover << END_OF_HOVER\n1 5 hover0\n2 4 hover1\n"
					       "3 3 hover2\nEND_OF_HOVER\n");
	text_clear(&out);
	assert_true(gnuplot_add_hover_data(&chart, 1, &out));
	check_contains(text_string(&out), "\n10 2.5 hover3\n");
	text_release(&out);
	chart_release(&chart);
}

static void a_drawing_becomes_a_part_of_the_page(void **state)
{
	static const char svg[] =
		"<?xml version=\"1.0\" standalone=\"no\"?>\n<svg \n width=\"9\" "
		"viewBox=\"0 0 9 7\"\n>\n<title>Gnuplot</title>\n<desc>By > it</desc>\n"
		"<g id=\"canvas\">\n<g color=\"black\" stroke=\"black\">\n</g>\n"
		"<circle id='p' r='1' fill='currentColor'/>"
		"<g fill=\"black\" font-family=\"Sans:Bold\" style='filter:url(#box)'>"
		"<text>a &lt; b</text></g>"
		"<path fill = 'rgb(166, 206, 228)' d='M0,0'/>"
		"<g onmousemove=\"gnuplot_svg.showHypertext(evt,'hover3')\" "
		"onmouseout=\"x()\"><title> </title>\n"
		"<use xlink:href='#p' color='rgb(  0,   0,   0)' "
		"opacity='0.00'/></g>\n</g>\n</svg>\n";
	struct chart chart = {0};
	struct text out = {0};

	(void)state;
	make_chart(&chart);
	svg_inline(svg, &chart, "lr", "of \"lr\"", &out);
	check_balanced(text_string(&out));
	assert_string_equal(
		text_string(&out),
		"<svg viewBox=\"0 0 9 7\" role=\"img\" aria-label=\"of &quot;lr&quot;\">"
		"<g id=\"lr-canvas\"><circle id=\"lr-p\" r=\"1\" fill=\"currentColor\"/>"
		"<g fill=\"currentColor\" font-weight=\"bold\" style=\"filter:url(#lr-box)\">"
		"<text>a &lt; b</text></g>"
		"<path fill=\"#0072b2\" fill-opacity=\"0.349\" d=\"M0,0\"/>"
		"<g class=\"hover\"><title>two: mu&lt;on&gt; &amp; &quot;co&quot; &#39;x_1&#39;\n"
		"C: 10\nL: 2.5\nlr 0.1</title>"
		"<use href=\"#lr-p\" color=\"currentColor\" opacity=\"0.00\"/></g></g></svg>\n");
	text_clear(&out);
	svg_inline("no drawing", &chart, "x", "y", &out);
	svg_inline("<svg", &chart, "x", "y", &out);
	svg_inline("<svg a='", &chart, "x", "y", &out);
	chart_release(&chart);
	text_release(&out);
}

static void flags_are_those_that_were_given(void **state)
{
	static const struct key keys[] = {STUDY_KEYS(0)};
	struct study_flags flags;
	struct arena arena = {0};
	struct text out = {0};

	(void)state;
	keys_set_defaults(keys, ARRAY_SIZE(keys), &flags, &arena);
	study_add_flags(&flags, &out);
	assert_string_equal(text_string(&out), "");
	flags.where = "label = 'x' AND lr < 1";
	flags.bootstrap = 50;
	flags.count_optimizer = 1;
	flags.csv = "a b.csv";
	study_add_flags(&flags, &out);
	assert_string_equal(text_string(&out),
			    " --csv 'a b.csv' --where 'label = '\\''x'\\'' AND lr < 1' "
			    "--bootstrap 50 --count-optimizer yes");
	text_release(&out);
	arena_release(&arena);
}

/* --- the page --- */

static struct report_input input_of(const struct observations *rows, const struct fit_report *fit)
{
	return (struct report_input){.rows = rows,
				     .study = fit ? &fit->study : NULL,
				     .fit = fit,
				     .flags = " --db 'a&b.db'",
				     .date = "2026-01-02",
				     .law_json = fit_add_law_json};
}

static struct fit_options quick_options(void)
{
	struct fit_options options = fit_options_default();

	options.bootstrap = 40;
	options.laws = "power_offset,chinchilla";
	return options;
}

/* The study of study_fixture.h with a name to escape. */
static struct fit_report fit_evil(struct observations *set)
{
	struct fit_options options = quick_options();
	struct fit_report report;
	struct error err = ERROR_INIT;

	make_study(set, &small_plan);
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->rows[i].label, "muon") == 0)
			set->rows[i].label = EVIL;
	set->source = "a<b>.db";
	check_ok(fit_study(set, &options, &report, &err), &err);
	return report;
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

/* Specifications and meanings that another part fills, as this one shows them. */
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
	report.specifications = NULL;
	report.n_specifications = 0;
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
	struct fit_options options = quick_options();
	struct error err = ERROR_INIT;
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
	check_ok(fit_study(&set, &options, &report, &err), &err);
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
		cmocka_unit_test(texts_are_escaped),
		cmocka_unit_test(shades_become_opacities),
		cmocka_unit_test(hovers_lead_back_to_their_points),
		cmocka_unit_test(a_drawing_becomes_a_part_of_the_page),
		cmocka_unit_test(flags_are_those_that_were_given),
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
