/* SPDX-License-Identifier: MIT */
#include "sweep/stop_signals.h"

static const int numbers[STOP_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

static volatile sig_atomic_t last, interrupts;

static void on_signal(int number)
{
	last = number;
	interrupts += number == SIGINT;
}

void stop_signals_catch(struct stop_signals *signals)
{
	/* No SA_RESTART: a wait ends when one comes. */
	struct sigaction stop = {.sa_handler = on_signal}, normal = {.sa_handler = SIG_DFL};

	last = interrupts = 0;
	sigemptyset(&stop.sa_mask);
	sigemptyset(&normal.sa_mask);
	sigaction(SIGCHLD, &normal, &signals->child);
	for (int i = 0; i < STOP_SIGNALS; i++) {
		sigaction(numbers[i], &stop, &signals->before[i]);
		if (numbers[i] == SIGHUP && signals->before[i].sa_handler == SIG_IGN)
			sigaction(SIGHUP, &signals->before[i], NULL);
	}
}

void stop_signals_release(const struct stop_signals *signals)
{
	for (int i = 0; i < STOP_SIGNALS; i++)
		sigaction(numbers[i], &signals->before[i], NULL);
	sigaction(SIGCHLD, &signals->child, NULL);
}

int stop_signals_last(void)
{
	return last;
}

bool stop_signals_at_once(void)
{
	return interrupts > 1;
}
