#!/bin/sh
# The goals of docs/performance.md against what this machine does now: some minutes.  Ratios are
# medians with quartiles; "close" is a goal within them.  Fails only where something does not run.
# Usage: bench-goals.sh PROGRAM ATTENTION [SECONDS]; ATTENTION is tests/bench_attention.c, built
set -u

program=$1
attention=$2
seconds=${3:-5} # for each row; three rounds at least
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
cores=$(nproc)

# measure NAME OPTIONS...: leaves its rows, one a line, in a file of that name.
measure() {
	name=$1
	shift
	if ! "$program" bench --json --seconds "$seconds" "$@" > "$scratch/json"; then
		echo "bench $* failed" >&2
		failed=1
	fi
	sed 's/{"name"/\n&/g' "$scratch/json" | grep '^{"name"' > "$scratch/$name"
}

# goal TEXT FILE CONFIG PRECISION FIELD at-least|at-most GOAL: one line of the table.
goal() {
	grep "\"name\": \"$3\".*\"precision\": \"$4\"" "$scratch/$2" 2> /dev/null |
		sed -E "s/.*\"$5\": ([^,]*), \"$5_quartiles\": \[([^,]*), ([^]]*)\].*/\1 \2 \3/" |
		awk -v text="$1" -v config="$3" -v kind="$6" -v goal="$7" '
		function meets(x) { return kind == "at-least" ? x >= goal : x <= goal }
		NF == 3 { n++; middle = $1; low = $2; high = $3 }
		END {
			sign = kind == "at-least" ? ">=" : "<="
			measured = n ? sprintf("%.2f (%.2f-%.2f)", middle, low, high) : "not measured"
			verdict = !n ? "-" : meets(middle) ? "met" : meets(low) || meets(high) ? "close" : "missed"
			printf "| %-52s | %-6s | %s %-4s | %-19s | %-6s |\n", text, config, sign, goal, measured, verdict
		}'
}

row() {
	printf '| %-52s | %-6s | %-7s | %-19s | %-6s |\n' "$@"
}

echo "$(uname -m), $cores cores, $("$program" --version | sed -n 's/^backend cpu: //p')"
row "what" "config" "goal" "measured" ""
row "---" "---" "---" "---" "---"

precisions=fp32
"$program" bench --config S --precision bf16 --seconds 0 --json > "$scratch/json" 2>&1 && precisions=fp32,bf16
measure speed --precision $precisions
goal "step against its own products alone" speed S fp32 bound_fraction at-least 0.85
goal "step against its own products alone" speed M fp32 bound_fraction at-least 0.93
goal "step against its own products alone" speed L fp32 bound_fraction at-least 0.95
goal "nominal rate over SGEMM 1024 (PyTorch 1.13: 0.40)" speed S fp32 sgemm_fraction at-least 0.60
goal "nominal rate over SGEMM 1024 (PyTorch 1.13: 0.72)" speed M fp32 sgemm_fraction at-least 0.89
goal "nominal rate over SGEMM 1024 (PyTorch 1.13: 0.75)" speed L fp32 sgemm_fraction at-least 0.91
goal "bf16 over fp32" speed M bf16 over_fp32 at-least 1.6
goal "bf16 over fp32" speed L bf16 over_fp32 at-least 1.6

"$attention" > "$scratch/attention" || failed=1
tail -n +2 "$scratch/attention" | while read -r context ratios; do
	echo "$ratios" | tr -s ' ' '\n' | sort -n | awk -v context="$context" '
		NR == 1 { least = $1 }
		{ most = $1 }
		END { printf "| %-52s | %-6s | >= 1    | %-19s | %-6s |\n", "attention against the bare products, heads of 16-64",
			"T " context, sprintf("%.2f to %.2f", least, most), (least >= 1 ? "met" : "missed") }'
done

measure muon --config M,L --optimizer muon
goal "Muon: share of the optimizer in the step" muon M fp32 optimizer_share at-most 0.13
goal "Muon: orthogonalisation over plain products" muon L fp32 over_plain_orthogonalisation at-least 1.5

if [ "$cores" -ge 2 ]; then
	measure threads --config L --threads 2
	goal "two threads over one" threads L fp32 over_one_thread at-least 1.75
	measure side --side-by-side 2
	goal "two processes at once over one" side S fp32 over_one_process at-least 1.9
	goal "two processes at once over one" side M fp32 over_one_process at-least 1.8
	goal "two processes at once over one" side L fp32 over_one_process at-least 1.8
fi
exit $failed
