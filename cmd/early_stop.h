/* SPDX-License-Identifier: MIT
 *
 * A request to stop (SIGINT, SIGTERM, and SIGHUP where it is not ignored) before anything was
 * started or after all has ended: the program ends at once, with the exit status of a stopped run.
 */
#ifndef CMD_EARLY_STOP_H
#define CMD_EARLY_STOP_H

#include <signal.h>

#define EXIT_STOPPED	 4
#define EXIT_INTERRUPTED 130

struct early_stop {
	struct sigaction before[3];
};

void early_stop_catch(struct early_stop *stop);
/* All has ended and is in the store; only events are still to be read. */
void early_stop_is_late(void);
void early_stop_release(const struct early_stop *stop);

#endif
