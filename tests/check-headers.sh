#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every header compiles alone, with each compiler that is here.
# Usage: check-headers.sh HEADER...
[ $# -gt 0 ] || { echo "check-headers: no headers given" >&2; exit 2; }
status=0

for compiler in gcc clang; do
	command -v $compiler >/dev/null || continue
	bad=0
	for header in "$@"; do
		echo "#include \"$header\"" |
			$compiler -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -Wfatal-errors -fsyntax-only -x c - ||
			{ echo "check-headers: $header does not compile alone ($compiler)" >&2; bad=1; }
	done
	[ $bad = 0 ] && echo "check-headers: $# headers compile alone ($compiler)"
	[ $bad = 0 ] || status=1
done
exit $status
