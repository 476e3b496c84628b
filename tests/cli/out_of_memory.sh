# A trial that gets no memory fails with its reason, and the sweep goes on.
. "$CLI_TESTS/try"

pack_text

cat > both.yaml <<'END'
data: {corpus: text, val_tokens: 16k, epochs: 1000}
model: {size: [16x1, 512x4], head_dim: 16, context: 32}
train: {budget: {steps: 10}, batch_tokens: 4k}
eval: {points: 0, tokens: 1k}
optimizer: {name: adamw, lr: 4e-3}
END

# The limit is on addresses, of which OpenBLAS alone takes 256 MiB.
echo "# a limit"
(
	ulimit -v 600000
	muon-sweep run both.yaml --quiet --jobs 1
	echo "exit $?"
)
muon-sweep status --json | grep -oE '"(done|failed)": [0-9]+'
muon-sweep status | grep 'no memory' | sed -E 's/.* step/step/; s/[0-9.]+ MiB/N MiB/'
muon-sweep plan both.yaml --quiet --json | grep -oE '"(wall_)?seconds_left": [^,]*'
echo "# what could be measured is kept"
(
	ulimit -v 600000
	XDG_CACHE_HOME=$PWD/cache muon-sweep bench --calibrate both.yaml 2>&1 |
		grep -oE '^ *16x1|no memory for|[0-9]+ shapes measured'
)
cut -f 2,3 cache/muon-sweep/calibration.tsv
echo "# without it"
muon-sweep run both.yaml --quiet -s model.size=16x1
echo "exit $?"
