/* SPDX-License-Identifier: MIT */
#include "cmd/tuning_lines.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "sweep/tuning.h"

static void describe(const struct agenda *agenda, struct text *lines)
{
	tuner_describe_results(agenda_tuner(agenda), lines);
	tuner_describe_waiting(agenda_tuner(agenda), lines);
}

void tuning_print(const struct agenda *agenda)
{
	struct text lines = {0};

	describe(agenda, &lines);
	if (lines.length)
		printf("\n%s", lines.data);
	text_release(&lines);
}

void tuning_log(const struct agenda *agenda)
{
	struct text lines = {0};
	char *rest;

	describe(agenda, &lines);
	rest = lines.data;
	for (char *line; rest && (line = strsep(&rest, "\n"));)
		if (line[0])
			log_info("%s", line);
	text_release(&lines);
}
