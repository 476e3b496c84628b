/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "cmd/command.h"
#include "cmd/material.h"
#include "cmd/study_options.h"
#include "cmd/telemetry_load.h"
#include "plots/chart_layout.h"
#include "plots/figure.h"
#include "plots/gnuplot.h"

struct plot_options {
	const char *output, *data, *targets, *metric;
	int x;
	int64_t holdout;
	struct study_flags study;
};

#define TARGETS_MAX 16

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
	 "what curves are drawn against; also --x"},
	{"target", KEY_TEXT, FIELD(targets), 0, 0, 0, NULL, "", "LOSS",
	 "losses whose cost is drawn, with commas (tokens_to_loss, steps_to_loss, token_ratio, "
	 "pareto)"},
	{"metric", KEY_TEXT, FIELD(metric), 0, 0, 0, NULL, "", "NAME",
	 "of telemetry: 'update_rms', ..."},
	{"holdout", KEY_INTEGER, FIELD(holdout), 0, 1000, 0, NULL, "0", "N",
	 "largest budgets left out of the fit; 0: as the figure wants"},
	STUDY_KEYS(FIELD(study)),
};

/* What the options add to the material of a figure. */
struct additions {
	double targets[TARGETS_MAX];
	size_t n_targets;
	struct telemetry telemetry;
};

/* Only the laws that the figure draws, unless others are named. */
static int fit_for_figure(struct material *m, const struct figure *figure,
			  const struct fit_options *fit, struct error *err)
{
	struct fit_options own = *fit;

	if (!own.laws[0])
		own.laws = figure->laws;
	return material_fit(m, &own, err);
}

static int read_targets(struct additions *more, const char *texts, struct error *err)
{
	char *copy = xstrdup(texts), *rest = NULL;
	int result = 0;

	for (char *text = strtok_r(copy, ", ", &rest); text && !result;
	     text = strtok_r(NULL, ", ", &rest)) {
		double *target = &more->targets[more->n_targets];

		if (more->n_targets == TARGETS_MAX)
			result = error_set(err, ERR_USAGE, "'--target' takes %d losses at most",
					   TARGETS_MAX);
		else if (!parse_real(text, target) || !isfinite(*target) || *target <= 0)
			result = error_set(err, ERR_USAGE,
					   "'--target': '%s' is no loss; give numbers above 0, "
					   "with commas",
					   text);
		else
			more->n_targets++;
	}
	free(copy);
	return result;
}

static int draw_chart(struct command_line *line, struct material *m, const struct figure *figure,
		      const struct fit_options *fit, struct additions *more, struct chart *chart,
		      struct error *err)
{
	const struct plot_options *plot = line->options;
	struct figure_input input = material_input(m, fit);
	int result = 0;

	input.x = (enum figure_x)plot->x;
	input.targets = more->targets;
	input.n_targets = more->n_targets;
	if (figure->telemetry && input.study && !plot->study.csv[0]) {
		result = telemetry_load(line->common.db, plot->metric, &input, &more->telemetry,
					err);
		input.telemetry = &more->telemetry;
	}
	return result ? result : figure_draw(figure, &input, chart, err);
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
	struct fit_options fit = study_fit_options(&plot->study);
	struct material material = {.fitted = false};
	struct additions more = {.n_targets = 0};
	struct chart chart = {0};
	size_t n_dropped;
	int result = read_targets(&more, plot->targets, err);

	fit.targets = more.targets;
	fit.n_targets = more.n_targets;
	fit.holdout = plot->holdout ? (int)plot->holdout : figure->holdout;
	if (!result)
		result = study_load(line, &plot->study, figure->curves, NULL, &material.rows,
				    &n_dropped, err);
	if (!result && figure->fit)
		result = fit_for_figure(&material, figure, &fit, err);
	if (!result && !material.fitted)
		result = material_select(&material, &fit.study, figure->study, err);
	if (!result)
		result = draw_chart(line, &material, figure, &fit, &more, &chart, err);
	if (!result)
		result = deliver(&chart, target, plot, err);
	chart_release(&chart);
	telemetry_release(&more.telemetry);
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
