#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every header compiles alone, with each compiler that is here.
# Usage: check-headers.sh HEADER...
[ $# -gt 0 ] || { echo "check-headers: no headers given" >&2; exit 2; }
command='echo "#include \"$2\"" |
	$1 -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -Wfatal-errors -fsyntax-only -x c - ||
	{ echo "check-headers: $2 does not compile alone ($1)" >&2; exit 1; }'
status=0

for compiler in gcc clang; do
	command -v $compiler >/dev/null || continue
	if printf '%s\n' "$@" | xargs -P "$(nproc)" -I '{}' sh -c "$command" check $compiler '{}'; then
		echo "check-headers: $# headers compile alone ($compiler)"
	else
		status=1
	fi
done
exit $status
