# A table of steps and batches without tokens: D is their product, and that is told.
awk 'BEGIN {
	print "params,batch_tokens,steps,loss"
	for (n = 1e7; n < 1e9; n *= 4)
		for (m = 16384; m < 2e6; m *= 4)
			for (k = 1000; k < 30000; k *= 3)
				printf "%d,%d,%d,%.12g\n", n, m, k, 1.7 + 400 * n ^ -.34 + 30 * m ^ -.4 + 20 * k ^ -.35
}' >runs.csv
muon-sweep fit --csv runs.csv --law three_term --bootstrap 0 | grep -E "^  (E|A|B|C|alpha|beta|gamma|points) |steps x batch"
echo "params,loss
1e6,3" >none.csv
muon-sweep fit --csv none.csv 2>&1
echo "exit $?"
