/* SPDX-License-Identifier: MIT */
#include "base/version.h"

const char program_version[] =
#include "version.inc"
	;

const char program_build[] =
#include "build.inc"
	", " __VERSION__;
