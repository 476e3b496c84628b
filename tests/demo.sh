#!/bin/sh
# The demo: a quickstart sweep on real text, the fit, and the figures.  Everything lands in demo/.
set -eu

export MUON_SWEEP_DATA="$PWD/data"
db=demo/quickstart.db
mkdir -p data demo

[ -e data/en-dict.tokens ] || ./muon-sweep data pack en-dict -o data/en-dict.tokens
./muon-sweep run quickstart --db $db
for figure in loss frontier lr; do
	./muon-sweep plot $figure --db $db -o demo/$figure.png
done
./muon-sweep report --db $db -o demo/report.html
echo
./muon-sweep fit --db $db
echo
echo "store:   $db"
echo "report:  demo/report.html"
for figure in loss frontier lr; do
	echo "figure:  demo/$figure.png"
done
