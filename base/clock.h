/* SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* Seconds of a clock that never jumps; only differences mean anything. */
double clock_s(void);

/* Seconds since 1970, for rows in the store. */
double wall_clock_s(void);

/* Seconds that the calling thread has computed. */
double thread_cpu_s(void);

#endif
