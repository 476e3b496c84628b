/* SPDX-License-Identifier: MIT
 *
 * Lines that a worker, or what is left of one, writes to its parent.
 */
#include "sweep/events.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tests/fuzz/fuzz.h"

static bool is_step(double step)
{
	return step >= 0 && step == floor(step);
}

static void take_evaluation(void *context, const struct evaluation_row *row)
{
	(void)context;
	fuzz_demand(is_step(row->step));
}

static void take_telemetry(void *context, const struct telemetry_row *row)
{
	(void)context;
	fuzz_demand(is_step(row->step) && row->layer >= -1 && row->role && row->metric);
}

static void take_bucket(void *context, const char *slice, int bucket, double nats, double tokens)
{
	(void)context;
	fuzz_demand(strcmp(slice, "val") == 0 || strcmp(slice, "test") == 0);
	fuzz_demand(bucket >= 0 && bucket < CORPUS_BUCKETS && isfinite(nats) && isfinite(tokens));
}

static void take_progress(void *context, const struct training_progress *progress)
{
	(void)context;
	fuzz_demand(progress->step >= 0 && progress->steps >= 0);
}

static void take_resumed(void *context, int64_t step)
{
	(void)context;
	fuzz_demand(step >= 0);
}

static void take_text(void *context, const char *text)
{
	(void)context;
	fuzz_demand(text != NULL);
}

static void take_end(void *context, enum trial_state state, const char *reason)
{
	(void)context;
	fuzz_demand(state != TRIAL_planned && state != TRIAL_running && reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct event_reader reader = {{.evaluation = take_evaluation,
					     .telemetry = take_telemetry,
					     .bucket = take_bucket,
					     .progress = take_progress,
					     .resumed = take_resumed,
					     .note = take_text,
					     .weights = take_text},
					    take_end};
	char *text = xstrndup((const char *)data, size);

	for (char *line = text; line;) {
		struct error err = ERROR_INIT;
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		fuzz_demand(!event_read(line, &reader, &err) == !err.text[0]);
		line = end ? end + 1 : NULL;
	}
	free(text);
	return 0;
}
