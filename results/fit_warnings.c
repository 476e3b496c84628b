/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"
#include "results/fit_passes.h"
#include "results/warnings.h"

#define MOST_NAMED 3

void naming_add(struct naming *naming, const char *format, ...)
{
	char name[160];
	va_list arguments;

	if (naming_full(naming)) {
		naming->n++;
		return;
	}
	naming->n++;
	va_start(arguments, format);
	vsnprintf(name, sizeof(name), format, arguments);
	va_end(arguments);
	text_printf(&naming->text, "%s%s", naming->n > 1 ? "; " : "", name);
}

bool naming_full(const struct naming *naming)
{
	return naming->n >= MOST_NAMED;
}

const char *naming_end(struct naming *naming)
{
	if (naming->n > MOST_NAMED)
		text_printf(&naming->text, " and %zu more", naming->n - MOST_NAMED);
	naming->n = 0;
	return text_string(&naming->text);
}

void naming_release(struct naming *naming)
{
	text_release(&naming->text);
	naming->n = 0;
}

const char *place_text(char buffer[PLACE_SIZE], double params, double flops)
{
	char size[SHORT_TEXT];

	if (isfinite(params))
		snprintf(buffer, PLACE_SIZE, "%s params, %.3g FLOPs", format_si(size, params),
			 flops);
	else
		snprintf(buffer, PLACE_SIZE, "%.3g FLOPs", flops);
	return buffer;
}

const char *cell_place(char buffer[PLACE_SIZE], const struct study *study, size_t cell)
{
	const struct study_trial *trial = &study->trials[study->cells[cell].first];

	return place_text(buffer, trial->params, trial->flops);
}

void fit_add_warnings(struct fit_report *report)
{
	static void (*const warnings[])(struct fit_report *) = {
#define X(name) warn_##name,
		WARNINGS(X)
#undef X
	};

	for (size_t i = 0; i < ARRAY_SIZE(warnings); i++)
		warnings[i](report);
}
