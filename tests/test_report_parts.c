/* SPDX-License-Identifier: MIT
 *
 * What the report is made of: escaped texts, drawings in a page, values to hover over, flags.
 */
#include "tests/html_fixture.h"

#include "cmd/study_options.h"
#include "plots/gnuplot_hover.h"
#include "plots/html.h"
#include "plots/svg_inline.h"
#include "plots/svg_paint.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_escaped),
		cmocka_unit_test(shades_become_opacities),
		cmocka_unit_test(hovers_lead_back_to_their_points),
		cmocka_unit_test(a_drawing_becomes_a_part_of_the_page),
		cmocka_unit_test(flags_are_those_that_were_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
