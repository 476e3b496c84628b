# `fit --csv` on tables whose law is known: exact ones give it back, and two arms their ratio.
. "$CLI_TESTS/try"
. "$CLI_TESTS/near"

# ratio FILE MEANING: the first ratio of this meaning.
ratio() {
	tr '{' '\n' < "$1" | sed -n "/\"meaning\": \"$2\"/,/\"ratio\"/p" | grep -oE '"ratio": [0-9.e+-]+' |
		head -1 | sed 's/.* //'
}

awk 'BEGIN { print "flops,loss"; for (i = 0; i < 12; i++) { C = 1e9 * 2^i; printf "%.17g,%.17g\n", C, 30 * C^-0.1 } }' > power.csv
awk 'BEGIN { print "C,val_loss"; for (i = 0; i < 12; i++) { C = 1e9 * 2^i; printf "%.17g,%.17g\n", C, 1.5 + 400 * C^-0.25 } }' > offset.csv
awk 'BEGIN {
	print "N,D,loss,colour"
	for (i = 0; i < 6; i++)
		for (j = 0; j < 6; j++) {
			N = 1e6 * 3^i
			D = 1e8 * 3^j
			printf "%.17g,%.17g,%.17g,red\n", N, D, 1.69 + 406.4 * N^-0.34 + 410.7 * D^-0.28
		}
}' > chinchilla.csv

echo "# power"
muon-sweep fit --csv power.csv --law power --json > power.json
echo "exit $?"
near k "$(value power.json power all k)" 30 1e-9
near p "$(value power.json power all p)" 0.1 1e-9

echo "# power_offset, with the aliases of columns"
muon-sweep fit --csv offset.csv --law power_offset --json > offset.json
echo "exit $?"
near E "$(value offset.json power_offset all E)" 1.5 1e-6
near k "$(value offset.json power_offset all k)" 400 1e-4
near p "$(value offset.json power_offset all p)" 0.25 1e-6

echo "# chinchilla; a column that nobody knows is named"
muon-sweep fit --csv chinchilla.csv --law chinchilla --bootstrap 20 --json 2>&1 > chinchilla.json
echo "exit $?"
near E "$(value chinchilla.json chinchilla all E)" 1.69 1e-4
near A "$(value chinchilla.json chinchilla all A)" 406.4 1e-3
near B "$(value chinchilla.json chinchilla all B)" 410.7 1e-3
near alpha "$(value chinchilla.json chinchilla all alpha)" 0.34 1e-4
near beta "$(value chinchilla.json chinchilla all beta)" 0.28 1e-4
muon-sweep fit --csv chinchilla.csv --law approach3 --bootstrap 20 --json --quiet | cmp - chinchilla.json && echo "approach3 is the same"
muon-sweep fit --csv - --law chinchilla --bootstrap 20 --json --quiet < chinchilla.csv | cmp - chinchilla.json && echo "so is standard input"
sed 's/loss,colour/final,colour/' chinchilla.csv |
	muon-sweep fit --csv - --map loss=final --law chinchilla --bootstrap 20 --json --quiet | cmp - chinchilla.json &&
	echo "so is a mapped column"

echo "# --at evaluates"
muon-sweep fit --csv chinchilla.csv --law chinchilla --at E=1.69,A=406.4,B=410.7,alpha=0.34,beta=0.28 --json --quiet > at.json
echo "exit $?"
grep -oE '"objective": [^,]*' at.json | awk '{ print ($2 >= 0 && $2 < 1e-20) ? "the law of the table leaves nothing" : "left over: " $2 }'
muon-sweep fit --csv chinchilla.csv --law chinchilla --at E=1.7,A=406.4,B=410.7,alpha=0.34,beta=0.28 --json --quiet > at.json
grep -oE '"objective": [^,]*' at.json | awk '{ print ($2 > 1e-6) ? "another law leaves something" : "left over: " $2 }'

# Two arms on one law, muon at 0.7 of the compute; noise that the bootstrap sees.
awk 'BEGIN {
	print "optimizer,flops,loss,seed"
	for (i = 0; i < 10; i++)
		for (seed = 0; seed < 3; seed++) {
			C = 1e9 * 2^i
			state = (state * 16807 + 11) % 2147483647
			noise = 0.002 * (state / 2147483647 - 0.5)
			printf "adamw,%.17g,%.17g,%d\n", C, 1.5 + 400 * C^-0.25 + noise, seed
			printf "muon,%.17g,%.17g,%d\n", C, 1.5 + 400 * (C / 0.7)^-0.25 + noise, seed
		}
}' > arms.csv
echo "# two arms"
muon-sweep fit --csv arms.csv --json --bootstrap 200 --quiet > arms.json
echo "exit $?"
near ratio "$(ratio arms.json compute)" 0.7 0.005
muon-sweep fit --csv arms.csv --json --bootstrap 200 --quiet --baseline muon > swapped.json
near "swapped ratio" "$(ratio swapped.json compute)" 1.428571 0.005
muon-sweep fit --csv arms.csv --json --bootstrap 200 --quiet | cmp - arms.json && echo "the same bits again"
muon-sweep fit --csv arms.csv --json --bootstrap 200 --seed 2 --quiet > seed.json
cmp -s seed.json arms.json || echo "another seed, other intervals"
tr '{' '\n' < arms.json | grep '"meaning": "compute"' -A 1 | tr '\n' ' ' | grep -oE '"interval90": \[[0-9.e+-]+, [0-9.e+-]+\], "speedup": [0-9.e+-]+' |
	head -1 | tr -d '[],' | awk '{ print ($2 < 0.7 && 0.7 < $3 && $3 - $2 < 0.1) ? "the interval holds the ratio" : "interval " $0,
		($5 > 1.41 && $5 < 1.45) ? "and the speed-up is its inverse" : "speed-up " $5 }'
echo "# the shape of the JSON"
for key in laws law group n objective params interval90 warnings efficiency meaning baseline challenger at flops loss ratio speedup \
	in_range method flops_convention seed_pairs n_trials frontier dropped; do
	grep -q "\"$key\": " arms.json || echo "no key '$key'"
done
echo "# the table"
muon-sweep fit --csv arms.csv --bootstrap 50 > table.txt
echo "exit $?"
grep -E '^(power|power_offset|frontier|compute|before)' table.txt | sed -E 's/ .*//'
try muon-sweep fit --csv arms.csv --bootstrap 0 --baseline sgd
try muon-sweep fit --csv arms.csv --where "optimizer = 'none'"
echo "# rows that are left out are named"
printf 'adamw,nan,2,0\nadamw,1e9,,0\nmuon,1e9,inf,0\n' >> arms.csv
try muon-sweep fit --csv arms.csv --law power --json --bootstrap 20 | sed -E 's/^\{.*("missing_values": [0-9]+).*/\1/'

echo "# the answer comes last; tables of others have AdamW"
sed 's/adamw/AdamW/' arms.csv | muon-sweep fit --csv - --bootstrap 100 --quiet | sed -n '/^answer/,$p' |
	tr '\n' ' ' | sed 's/  */ /g; s/[0-9][0-9.e+]*/N/g; s/; with C.*/ .../'
echo
sed 's/adamw/AdamW/' arms.csv | muon-sweep fit --csv - --bootstrap 0 --quiet | grep -A1 '^answer' | grep -oE '^ *[a-z]+ needs|answer.*'

echo "# no FLOPs: a law of widths, and a word about the others"
awk 'BEGIN { print "width,lr,loss"; for (d = 64; d <= 1024; d *= 2) printf "%d,0.01,%.17g\n", d, 2 + 40 * d^-0.6 }' > widths.csv
muon-sweep fit --csv widths.csv --bootstrap 0 --json > widths.json
echo "exit $?"
near alpha "$(value widths.json width all alpha)" 0.6 1e-6
muon-sweep fit --csv widths.csv --law chinchilla 2>&1
echo "exit $?"
cut -d, -f2,3 widths.csv | muon-sweep fit --csv - 2>&1
echo "exit $?"

echo "# a column that --where names is not ignored; one that nobody knows is told its neighbour"
muon-sweep fit --csv chinchilla.csv --law chinchilla --where "colour = 'red'" --bootstrap 0 2>&1 >out.txt
muon-sweep fit --csv chinchilla.csv --where "color = 'red'" 2>&1
echo "exit $?"
