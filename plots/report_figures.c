/* SPDX-License-Identifier: MIT
 *
 * The figures of the report.  Title and caption are the page's, so that they wrap, can be searched
 * and follow its font; the drawing is gnuplot's.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "base/version.h"
#include "plots/gnuplot.h"
#include "plots/html.h"
#include "plots/report_parts.h"
#include "plots/svg_inline.h"

struct drawing {
	const struct figure_input *ends, *curves;
	struct report_figure *figures;
};

static void draw_svg(struct report_figure *figure, struct chart *chart)
{
	const struct gnuplot_target target = {.format = FORMAT_PAGE};
	struct error err = ERROR_INIT;
	struct text picture = {0}, label = {0};

	chart->title = "";
	text_clear(&chart->caption);
	text_printf(&label, "%s. %s", text_string(&figure->title), text_string(&figure->caption));
	if (gnuplot_draw(chart, &target, &picture, &err))
		text_add(&figure->undrawn, err.text);
	else
		svg_inline(text_string(&picture), chart, figure->figure->name, text_string(&label),
			   &figure->svg);
	text_release(&picture);
	text_release(&label);
}

static void draw_one(void *context, size_t i)
{
	struct drawing *drawing = context;
	struct report_figure *figure = &drawing->figures[i];
	const struct figure_input *input = figure->figure->curves ? drawing->curves : drawing->ends;
	struct chart chart = {0};
	struct error err = ERROR_INIT;

	if (figure_draw(figure->figure, input, &chart, &err))
		text_add(&figure->unavailable, err.text);
	else {
		text_add(&figure->title, chart.title);
		text_add(&figure->caption, text_string(&chart.caption));
		draw_svg(figure, &chart);
	}
	chart_release(&chart);
}

size_t report_draw_figures(const struct figure_input *ends, const struct figure_input *curves,
			   struct report_figure **drawn)
{
	struct drawing drawing = {.ends = ends, .curves = curves};
	size_t n = 0;

	while (figures[n])
		n++;
	drawing.figures = xcalloc(n + 1, sizeof(*drawing.figures));
	for (size_t i = 0; i < n; i++)
		drawing.figures[i].figure = figures[i];
	parallel_for(n, 0, draw_one, &drawing);
	*drawn = drawing.figures;
	return n;
}

void report_figures_release(struct report_figure *drawn, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text_release(&drawn[i].title);
		text_release(&drawn[i].caption);
		text_release(&drawn[i].svg);
		text_release(&drawn[i].unavailable);
		text_release(&drawn[i].undrawn);
	}
	free(drawn);
}

static void add_fact(struct text *out, const char *name, const char *value)
{
	html_element(out, "dt", "", name);
	html_element(out, "dd", "", value);
}

static void add_settings(const struct report_input *input, struct text *out)
{
	struct text words = {0};

	if (input->fit) {
		const struct fit_options *options = &input->fit->options;

		text_printf(&words, "%d bootstrap replicates, seed %llu; C: ", options->bootstrap,
			    (unsigned long long)options->seed);
		report_add_counting(input, &words);
	} else
		text_add(&words, "nothing was fitted");
	add_fact(out, "fit settings", text_string(&words));
	text_release(&words);
}

/* What is the same of every figure and table of the page. */
static void add_facts(const struct report_input *input, struct text *out)
{
	add_fact(out, "rows", input->rows->source ? input->rows->source : "");
	if (input->sha256[0])
		add_fact(out, "SHA-256 of it", input->sha256);
	if (input->unhashed)
		add_fact(out, "not in the hash", input->unhashed);
	add_fact(out, "query",
		 input->flags[0] ? input->flags : "all rows, every option its default");
	add_settings(input, out);
	add_fact(out, "program", program_version);
	add_fact(out, "date", input->date);
}

static void add_figure_provenance(const struct report_input *input,
				  const struct report_figure *figure, struct text *out)
{
	struct text command = {0}, id = {0};

	text_printf(&command, "muon-sweep plot %s%s%s -o %s.pdf", figure->figure->name,
		    input->flags, figure->figure->telemetry ? " --metric " REPORT_METRIC : "",
		    figure->figure->name);
	text_printf(&id, "redraw-%s", figure->figure->name);
	text_add(out, "<details class=\"provenance\"><summary>provenance</summary>\n");
	html_copy_block(out, text_string(&id), "command", text_string(&command));
	text_add(out, "<dl>\n");
	add_facts(input, out);
	text_add(out, "</dl></details>\n");
	text_release(&command);
	text_release(&id);
}

static void add_figure(const struct report_input *input, const struct report_figure *figure,
		       struct text *out)
{
	text_printf(out, "<figure id=\"figure-%s\">\n", figure->figure->name);
	html_element(out, "h3", "", text_string(&figure->title));
	if (figure->undrawn.length) {
		text_add(out, "<p class=\"undrawn\">Not drawn: ");
		html_add_text(out, text_string(&figure->undrawn));
		text_add(out, ".</p>\n");
	} else
		text_printf(out, "<div class=\"box\" tabindex=\"0\">%s</div>\n",
			    text_string(&figure->svg));
	html_element(out, "figcaption", "", text_string(&figure->caption));
	add_figure_provenance(input, figure, out);
	text_add(out, "</figure>\n");
}

void report_add_figures(const struct report_input *input, struct text *out)
{
	size_t n = 0;

	text_add(out, "<section id=\"figures\" aria-labelledby=\"figures-title\">\n"
		      "<h2 id=\"figures-title\">Figures</h2>\n");
	for (size_t i = 0; i < input->n_figures; i++)
		if (!input->figures[i].unavailable.length)
			add_figure(input, &input->figures[i], out);
		else
			n++;
	if (n > 0)
		text_add(out, "<h3>What these rows do not give</h3>\n<ul class=\"missing\">\n");
	for (size_t i = 0; i < input->n_figures && n > 0; i++)
		html_add_items(out, "", text_string(&input->figures[i].unavailable));
	text_add(out, n > 0 ? "</ul>\n</section>\n" : "</section>\n");
}

void report_add_provenance(const struct report_input *input, struct text *out)
{
	text_add(out, "<section id=\"provenance\" aria-labelledby=\"provenance-title\">\n"
		      "<h2 id=\"provenance-title\">Provenance</h2>\n<dl>\n");
	add_facts(input, out);
	text_add(out, "</dl>\n</section>\n");
}
