/* SPDX-License-Identifier: MIT */
#include "base/version.h"

const char program_version[] =
#include "version.inc"
	;
