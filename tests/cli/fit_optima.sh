# Laws of optima on tables whose optima are known: isoflop, envelope by hull and by bins, joint.
. "$CLI_TESTS/try"
. "$CLI_TESTS/near"

# Parabolas in ln N about N* = 0.3 C^0.46; the third size is the optimum.
awk 'BEGIN {
	print "budget_flops,params,loss,tokens"
	for (b = 0; b < 5; b++)
		for (s = 0; s < 5; s++) {
			C = 1e15 * 4^b
			N = 0.3 * C^0.46 * exp(0.6 * (s - 2))
			printf "%.17g,%.17g,%.17g,%.17g\n", C, N, 1.7 + 300 * C^-0.15 + 0.05 * (s - 2)^2, C / 6 / N
		}
}' > optima.csv

echo "# isoflop"
muon-sweep fit --csv optima.csv --law isoflop --bootstrap 0 --json > isoflop.json
echo "exit $?"
near a "$(value isoflop.json isoflop all a)" 0.46 1e-9
near b "$(value isoflop.json isoflop all b)" 0.54 1e-9
near N_coefficient "$(value isoflop.json isoflop all N_coefficient)" 0.3 1e-7
muon-sweep fit --csv optima.csv --law approach2 --bootstrap 0 --loss huber --json | cmp - isoflop.json && echo "approach2 is the same, whatever --loss says"
cut -d, -f1-3 optima.csv | muon-sweep fit --csv - --law isoflop --bootstrap 0 --json > without.json
near "b without tokens" "$(value without.json isoflop all b)" 0.54 1e-9

echo "# envelope"
for kind in hull bins; do
	muon-sweep fit --csv optima.csv --law envelope --envelope $kind --bootstrap 0 --json > envelope.json
	echo "exit $?"
	near "a by $kind" "$(value envelope.json envelope all a)" 0.46 1e-9
done

echo "# joint"
awk 'BEGIN {
	print "optimizer,N,D,loss"
	for (i = 0; i < 5; i++)
		for (j = 0; j < 5; j++) {
			N = 1e6 * 3^i
			D = 1e8 * 3^j
			printf "adamw,%.17g,%.17g,%.17g\n", N, D, 1.69 + 406.4 * N^-0.34 + 410.7 * D^-0.28
			printf "muon,%.17g,%.17g,%.17g\n", N, D, 1.69 + 406.4 * (1.1 * N)^-0.34 + 410.7 * (1.4 * D)^-0.28
		}
}' > arms.csv
muon-sweep fit --csv arms.csv --law joint --bootstrap 0 --json > joint.json
echo "exit $?"
near rho_N "$(value joint.json joint all rho_N:muon)" 1.1 1e-6
near rho_D "$(value joint.json joint all rho_D:muon)" 1.4 1e-6
muon-sweep fit --csv arms.csv --law joint --baseline muon --bootstrap 0 --json > swapped.json
near "rho_D of the other" "$(value swapped.json joint all rho_D:adamw)" 0.71428571 1e-6

echo "# too little is refused"
head -6 optima.csv > one.csv
try muon-sweep fit --csv one.csv --law isoflop
head -2 optima.csv > point.csv
try muon-sweep fit --csv point.csv --law envelope
try muon-sweep fit --csv optima.csv --law envelope --envelope outer
try muon-sweep fit --csv optima.csv --law isoflop --at a=0.5
