/* SPDX-License-Identifier: MIT */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

/* The program's version and commit: "0.1.0 (1a2b3c4)". */
extern const char program_version[];

/* How it was compiled: compiler and its version, configuration, sanitizers, flags. */
extern const char program_build[];

#endif
