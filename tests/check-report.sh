#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Loads a report in headless Chromium, wide and narrow, light and dark: tests/report_checks.js says
# in the page what is wrong with it.
# Usage: check-report.sh PROGRAM
set -u

program=$(realpath "$1")
checks=$(realpath "$(dirname "$0")")/report_checks.js
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
	echo "check-report: skipped, no Chromium here (make deps-chromium)"
	exit 0
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# Three sizes, five budgets, three learning rates, two seeds, two arms, one with a name to escape.
awk 'BEGIN {
	print "label,params,tokens,flops,loss,lr,seed,batch_tokens,steps,seconds,flops_optimizer,trial_key,final"
	for (a = 0; a < 2; a++) for (s = 0; s < 3; s++) for (b = 0; b < 5; b++)
	for (l = -1; l < 2; l++) for (seed = 0; seed < 2; seed++) for (part = 1; part < 3; part++) {
		N = 1e5 * 3^s; C = 1e12 * 2^b * part / 2; D = C / (6 * N); key++
		noise = 0.002 * sin(97 * int((key + 1) / 2))
		loss = 1.2 + 40 * N^-0.37 + (a ? 60 : 70) * D^-0.35 + 0.02 * l * l + noise
		printf "\"%s\",%g,%g,%g,%.6f,%g,%d,1024,%d,%g,%g,t%d,%d\n", \
			a ? "muon <b>&\"\"bold\"\"</b>" : "adamw", N, D, C, loss, 0.01 * 2^l, seed, \
			D / 1024, C / 1e10, a ? C / 20 : 0, (key + 1) / 2, part == 2
	}
}' > rows.csv
"$program" report --csv rows.csv --bootstrap 60 --quiet -o report.html || exit 1

# The page as shipped, with an ear for errors at its start and the checks at its end.
awk -v checks="$checks" '
	/^<head>$/ { print; print "<script>window.failures = []; addEventListener(\"error\", (e) => failures.push(\"script error: \" + e.message)); addEventListener(\"unhandledrejection\", (e) => failures.push(\"rejected: \" + e.reason));</script>"; next }
	/^<\/body>$/ { print "<script>"; while ((getline line < checks) > 0) print line; print "</script>" }
	{ print }' report.html > checked.html

# A window of a browser has a least width, a frame has not.
frame() { # WIDTH SCHEME
	echo "<!DOCTYPE html><html><body><iframe src=\"checked.html?$2,$1\" style=\"width: ${1}px; height: 900px; border: 0\"></iframe>"
	echo "<script>addEventListener(\"message\", (e) => { document.body.textContent = \"checks: \" + e.data; });</script></body></html>"
}

failed=0
for width in 1280 390; do
	for scheme in 0:dark 1:light; do
		frame $width "${scheme#*:}" > frame.html
		"$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$scratch/profile" \
			--blink-settings=preferredColorScheme="${scheme%:*}" --window-size=1400,1000 \
			--virtual-time-budget=8000 --dump-dom "file://$scratch/frame.html" \
			> dom.html 2> browser.txt
		said=$(sed -n 's/.*<body>checks: \([^<]*\)<.*/\1/p' dom.html)
		if [ "$said" != ok ]; then
			echo "check-report: ${scheme#*:} at $width pixels: ${said:-the page did not run}"
			[ -n "$said" ] || tail -3 browser.txt
			failed=1
		fi
	done
done
[ $failed -eq 0 ] && echo "check-report: passed, light and dark, 1280 and 390 pixels wide"
exit $failed
