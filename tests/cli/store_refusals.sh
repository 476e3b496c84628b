# Stores that cannot be read: the reason, the remedy and the exit status.
exec 2>&1
muon-sweep status
echo "exit $?"
echo "flops,loss" > file.csv
muon-sweep export --db file.csv
echo "exit $?"
muon-sweep status --db no/such/folder.db
echo "exit $?"
muon-sweep export --format xml
echo "exit $?"
muon-sweep status --swep x
echo "exit $?"
