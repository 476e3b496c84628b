# Steps to a target, without any loss: batches by an alias, groups by any column.
awk 'BEGIN {
	print "model,batch_seqs,steps"
	for (m = 1; m <= 2; m++)
		for (b = 64; b <= 16384; b *= 2)
			printf "m%d,%d,%.9g\n", m, b, 2000 * m * (1 + 1500 / b)
}' >steps.csv
muon-sweep fit --csv steps.csv --law critical_batch --map batch_size=batch_seqs,group=model \
	--base-batch 256 --bootstrap 0 | grep -v objective
echo
muon-sweep fit --csv steps.csv --law critical_batch --map group=model 2>&1
echo "exit $?"
awk 'BEGIN { print "batch_size,tokens"; for (b = 64; b <= 512; b *= 2) printf "%d,%.9g\n", b, 2000 * (b + 1500) }' |
	muon-sweep fit --csv - --law critical_batch --bootstrap 0 | grep -E "S_min  |B_crit  "
echo "batch_size,loss
64,3" >neither.csv
muon-sweep fit --csv neither.csv --law critical_batch 2>&1
echo "exit $?"
echo "batch_size,steps
64,100
128,50" >two.csv
muon-sweep fit --csv two.csv --law critical_batch 2>&1
echo "exit $?"
