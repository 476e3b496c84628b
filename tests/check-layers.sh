#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every #include "..." of the source folders against the table in tests/layers.
# Usage: check-layers.sh [TABLE [ROOT]]
table=${1:-tests/layers}
root=${2:-.}

cd "$root" || exit 1
folders=$(sed -n 's/^\([a-z]*\):.*/\1/p' "$table")
[ -n "$folders" ] || { echo "check-layers: '$table' names no folder" >&2; exit 1; }

# FILE:LINE INCLUDED, one a line
grep -rn --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' $folders 2>/dev/null |
	sed 's/^\([^:]*:[0-9]*\):[^"]*"\([^"]*\)".*/\1 \2/' |
	awk -v table="$table" '
	# A shell pattern as a regular expression; "*" also crosses "/".
	function pattern(glob) {
		gsub(/\./, "\\.", glob)
		gsub(/\*/, ".*", glob)
		gsub(/\[!/, "[^", glob)
		return "^" glob "$"
	}
	function folder(path) {
		return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : ""
	}
	function complain(reason) {
		print $1 ": includes \"" $2 "\": " reason
		bad++
	}
	BEGIN {
		while ((getline line < table) > 0) {
			n = split(line, word, " ")
			if (line ~ /^#/ || n == 0)
				continue
			if (word[2] == "!") {
				from[++pairs] = pattern(word[1])
				to[pairs] = pattern(word[3])
				continue
			}
			sub(/:$/, "", word[1])
			allowed[word[1], word[1]] = 1
			for (i = 2; i <= n; i++)
				allowed[word[1], word[i]] = 1
		}
	}
	{
		file = $1
		sub(/:[0-9]*$/, "", file)
		if ($2 ~ /\.inc$/)
			next
		if (folder($2) == "")
			complain("write it as \"folder/file.h\"")
		else if (!((folder(file), folder($2)) in allowed))
			complain(folder(file) "/ may not include " folder($2) "/")
		for (i = 1; i <= pairs; i++)
			if (file ~ from[i] && $2 ~ to[i])
				complain("forbidden by tests/layers")
	}
	END {
		if (NR == 0) {
			print "check-layers: found no include at all"
			bad++
		}
		if (!bad)
			print "check-layers: " NR " includes obey tests/layers"
		exit bad > 0
	}'
