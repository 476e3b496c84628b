/* SPDX-License-Identifier: MIT */
#include "cmd/early_stop.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

static void end(int number)
{
	static const char words[] = "muon-sweep: stopped by a signal; nothing was started\n";

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
		if (stop->before[i].sa_handler == SIG_IGN)
			sigaction(numbers[i], &stop->before[i], NULL);
	}
}

void early_stop_release(const struct early_stop *stop)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaction(numbers[i], &stop->before[i], NULL);
}
