/* SPDX-License-Identifier: MIT
 *
 * Which process a number means.  Numbers are used again, by other programs, after a restart of the
 * machine and in each container; a mark is not.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>

#define PROCESS_MARK 128 /* bytes of a mark, terminator included */

/* Writes the mark of a process that this one can see: the boot of the machine, the space of process
 * numbers, and when it was started.  "" where it is not there (a zombie is not), or the system does
 * not tell. */
void process_mark(int pid, char mark[PROCESS_MARK]);

/* Whether this process would see the one that the mark is of, if that were there. */
bool process_mark_is_visible(const char *mark);

#endif
