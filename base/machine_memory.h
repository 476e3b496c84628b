/* SPDX-License-Identifier: MIT
 *
 * Memory of this process and of the machine, in bytes; 0 where the system does not tell.  Nothing
 * here allocates, so that it may be asked in the middle of a training.
 */
#ifndef BASE_MACHINE_MEMORY_H
#define BASE_MACHINE_MEMORY_H

#include <stddef.h>

/* The most that this process had since it was started; mapped files count as far as they were
 * touched. */
size_t memory_peak(void);

/* What programs can take here without swapping: what the system calls available, at most what the
 * control groups (version 2, or 1 where a container shows its own) of this process allow. */
size_t memory_available(void);

/* Processes that the system has killed for want of memory since it was started; -1: not told. */
long memory_kills(void);

#endif
