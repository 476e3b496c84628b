/* SPDX-License-Identifier: MIT
 *
 * Requests to stop: SIGINT (twice: at once), SIGTERM, and SIGHUP where it is not ignored (nohup).
 * They are counted, and whoever runs a loop asks for them.
 */
#ifndef SWEEP_STOP_SIGNALS_H
#define SWEEP_STOP_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#define STOP_SIGNALS 3

/* What was there before; one at a time. */
struct stop_signals {
	struct sigaction before[STOP_SIGNALS], child;
};

/* Also gives SIGCHLD its default, without which children cannot be waited for. */
void stop_signals_catch(struct stop_signals *signals);
void stop_signals_release(const struct stop_signals *signals);

/* The last one caught since stop_signals_catch(); 0: none. */
int stop_signals_last(void);
/* Whether SIGINT came twice. */
bool stop_signals_at_once(void);

#endif
