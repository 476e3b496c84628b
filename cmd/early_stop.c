/* SPDX-License-Identifier: MIT */
#include "cmd/early_stop.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

static const char before[] = "muon-sweep: stopped by a signal; nothing was started\n",
		  after[] = "muon-sweep: stopped by a signal while events waited for their reader; "
			    "everything is in the store\n";
static const char *volatile words = before;

static void end(int number)
{
	if (log_level() >= LOG_INFO && write(STDERR_FILENO, words, strlen(words)) < 0)
		_exit(EXIT_STOPPED);
	_exit(number == SIGINT ? EXIT_INTERRUPTED : EXIT_STOPPED);
}

void early_stop_catch(struct early_stop *stop)
{
	struct sigaction action = {.sa_handler = end};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		sigaction(numbers[i], &action, &stop->before[i]);
		if (numbers[i] == SIGHUP && stop->before[i].sa_handler == SIG_IGN)
			sigaction(SIGHUP, &stop->before[i], NULL);
	}
}

void early_stop_is_late(void)
{
	words = after;
}

void early_stop_release(const struct early_stop *stop)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaction(numbers[i], &stop->before[i], NULL);
}
