/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "cmd/command.h"
#include "cmd/material.h"
#include "cmd/study_options.h"
#include "plots/chart_layout.h"
#include "plots/figure.h"
#include "plots/gnuplot.h"

struct plot_options {
	const char *output, *data;
	int x;
	struct study_flags study;
};

#define FIELD(name) offsetof(struct plot_options, name)

static const struct key_choice x_choices[] = {[FIGURE_X_FLOPS] = {"flops", NULL, "compute"},
					      [FIGURE_X_TOKENS] = {"tokens", NULL, "data"},
					      [FIGURE_X_STEPS] = {"steps", NULL, "updates"},
					      [FIGURE_X_SECONDS] = {"seconds", NULL, "time"},
					      {NULL, NULL, NULL}};

static const struct key options[] = {
	{"o", KEY_TEXT, FIELD(output), 0, 0, 0, NULL, "", "FILE",
	 "a .png, .svg or .pdf; without it the figure is drawn in the terminal"},
	{"data", KEY_TEXT, FIELD(data), 0, 0, 0, NULL, "", "FILE",
	 "write the numbers, and the gnuplot script into FILE.gp"},
	{"x", KEY_CHOICE, FIELD(x), 0, 0, 0, x_choices, "flops", "COLUMN",
	 "what curves are drawn against"},
	STUDY_KEYS(FIELD(study)),
};

/* The frontier's law is enough for a figure. */
static int fit_for_figure(struct material *m, const struct fit_options *fit, struct error *err)
{
	struct fit_options own = *fit;

	if (!own.laws[0])
		own.laws = "power_offset,power";
	return material_fit(m, &own, err);
}

static int draw_chart(struct material *m, const struct figure *figure,
		      const struct plot_options *plot, const struct fit_options *fit,
		      struct chart *chart, struct error *err)
{
	struct figure_input input = material_input(m, fit);

	input.x = (enum figure_x)plot->x;
	return figure_draw(figure, &input, chart, err);
}

static struct gnuplot_target terminal_target(bool colour)
{
	struct gnuplot_target target = {FORMAT_TERMINAL, 80, 24, false};
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 &&
	    size.ws_row >= 12) {
		target.columns = size.ws_col < 160 ? size.ws_col : 160;
		target.lines = size.ws_row < 60 ? size.ws_row - 2 : 58;
		target.colour = colour;
	}
	return target;
}

static int show(const struct chart *chart, const struct gnuplot_target *target, struct error *err)
{
	struct text picture = {0}, caption = {0};
	int result = gnuplot_draw(chart, target, &picture, err);

	if (!result) {
		text_wrap(text_string(&chart->caption), (size_t)target->columns, &caption);
		fwrite(picture.data, 1, picture.length, stdout);
		printf("%s", text_string(&caption));
	}
	text_release(&picture);
	text_release(&caption);
	return result;
}

static int write_picture(const struct chart *chart, const struct gnuplot_target *target,
			 const char *path, struct error *err)
{
	struct text picture = {0};
	int result = gnuplot_draw(chart, target, &picture, err);

	if (!result)
		result = file_write(path, picture.data, picture.length, err);
	if (!result)
		log_info("wrote '%s'", path);
	text_release(&picture);
	return result;
}

/* Without -o the saved script draws a PNG beside the numbers. */
static int save_data(const struct chart *chart, const struct gnuplot_target *target,
		     const struct plot_options *plot, struct error *err)
{
	struct gnuplot_target own = *target;
	struct text picture = {0};
	int result;

	text_add(&picture, plot->output);
	if (!plot->output[0]) {
		own.format = FORMAT_PNG;
		text_printf(&picture, "%s.png", plot->data);
	}
	result = gnuplot_save(chart, &own, plot->data, text_string(&picture), err);
	if (!result)
		log_info("wrote '%s' and '%s.gp'", plot->data, plot->data);
	text_release(&picture);
	return result;
}

static int deliver(const struct chart *chart, const struct gnuplot_target *target,
		   const struct plot_options *plot, struct error *err)
{
	int result = plot->data[0] ? save_data(chart, target, plot, err) : 0;

	if (result)
		return result;
	if (plot->output[0])
		return write_picture(chart, target, plot->output, err);
	return plot->data[0] ? 0 : show(chart, target, err);
}

static int plot_figure(struct command_line *line, const struct figure *figure,
		       const struct gnuplot_target *target, struct error *err)
{
	const struct plot_options *plot = line->options;
	const struct fit_options fit = study_fit_options(&plot->study);
	struct material material = {.fitted = false};
	struct chart chart = {0};
	size_t n_dropped;
	int result = study_load(line, &plot->study, figure->curves, NULL, &material.rows,
				&n_dropped, err);

	if (!result && figure->fit)
		result = fit_for_figure(&material, &fit, err);
	if (!result && !material.fitted)
		result = material_select(&material, &fit.study, figure->study, err);
	if (!result)
		result = draw_chart(&material, figure, plot, &fit, &chart, err);
	if (!result)
		result = deliver(&chart, target, plot, err);
	chart_release(&chart);
	material_release(&material);
	return result;
}

static int run(struct command_line *line, struct error *err)
{
	const struct plot_options *plot = line->options;
	struct gnuplot_target target = terminal_target(!line->common.no_color);
	const struct figure *figure = figure_find(line->arguments[0], err);
	int result = figure ? 0 : -ERR_USAGE;

	if (!result && plot->output[0])
		result = figure_format_of(plot->output, &target.format, err);
	return result ? result : plot_figure(line, figure, &target, err);
}

const struct command cmd_plot = {
	.name = "plot",
	.arguments = "FIGURE",
	.min_arguments = 1,
	.max_arguments = 1,
	.summary = "one figure: png, svg or pdf by the ending of -o; no -o: in the terminal",
	.examples = "muon-sweep plot frontier -o frontier.png\n"
		    "muon-sweep plot loss --x tokens --where \"params > 1e5\" -o loss.pdf\n"
		    "muon-sweep plot lr --csv mine.csv\n",
	.details = "'muon-sweep help figures' lists the figures.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.options_size = sizeof(struct plot_options),
	.run = run,
};
