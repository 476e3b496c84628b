/* SPDX-License-Identifier: MIT */
#include "cmd/bench_workers.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#define POLL_MS 50 /* seldom, so that what is measured is not disturbed */

struct reader {
	void (*each)(void *context, size_t index, char *line);
	void *context;
	size_t index;
};

static void take_line(void *context, char *line)
{
	const struct reader *reader = context;

	reader->each(reader->context, reader->index, line);
}

static int finish(struct worker_process *p, struct error *err)
{
	struct text how = {0};
	int result = 0;

	worker_process_finish(p, &how);
	p->pid = 0;
	if (how.length)
		result = error_set(err, ERR_DEVICE, "%s", how.data);
	text_release(&how);
	return result;
}

int bench_workers_end(struct worker_process *list, size_t n, int result,
		      void (*each)(void *context, size_t index, char *line), void *context,
		      struct error *err)
{
	for (size_t running = n; running > 0;) {
		poll(NULL, 0, POLL_MS);
		running = 0;
		for (size_t i = 0; i < n; i++) {
			struct reader reader = {each, context, i};

			if (list[i].pid <= 0)
				continue;
			if (result)
				kill(list[i].pid, SIGKILL);
			if (worker_process_read(&list[i], take_line, &reader))
				running++;
			else if (finish(&list[i], result ? NULL : err))
				result = result ? result : -ERR_DEVICE;
		}
	}
	return result;
}

void bench_workers_free(struct worker_process *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		worker_process_release(&list[i]);
	free(list);
}
