/* SPDX-License-Identifier: MIT
 *
 * The file of a store that is written: where it lies, whether it is still there, and how long to
 * wait where another program holds it.
 */
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "results/store_internal.h"

#define MODE_PAUSE_MS 5
#define BUSY_PAUSE_MS 20
#define BUSY_TELL_S   5.0

/* --- network file systems --- */

static const struct {
	unsigned long type;
	const char *name;
} network_types[] = {
	{0x6969, "NFS"},	{0xff534d42, "CIFS"},	{0xfe534d42, "SMB2"},  {0x517b, "SMB"},
	{0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"},	{0x00c36400, "Ceph"},  {0x5346414f, "AFS"},
	{0x01021997, "9P"},	{0x19830326, "BeeGFS"}, {0xaad7aaea, "PanFS"},
};

const char *store_network_name(unsigned long type)
{
	for (size_t i = 0; i < ARRAY_SIZE(network_types); i++)
		if (network_types[i].type == type)
			return network_types[i].name;
	return NULL;
}

unsigned long store_file_system(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 ? (unsigned long)fs.f_type & 0xffffffffUL : 0;
}

/* SQLite does not wait for its lock where two connections change the mode at once: waits here. */
static int enter_mode(struct store *store, const char *sql, struct error *err)
{
	double until = clock_s() + STORE_LONG_PATIENCE_S;
	int code;

	while ((code = sqlite3_exec(store->db, sql, NULL, NULL, NULL)) == SQLITE_BUSY &&
	       clock_s() < until)
		sqlite3_sleep(MODE_PAUSE_MS);
	return code == SQLITE_OK ? 0 : store_fail(store, err);
}

int store_choose_journal(struct store *store, unsigned long type, struct error *err)
{
	const char *network = store_network_name(type);

	store->has_log_ahead = !network;
	if (!network)
		return enter_mode(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
				  err);
	log_warn("store '%s' is on a network file system (%s): it is written without a "
		 "write-ahead log, which is slower, and from one host only; for several hosts give "
		 "each a store of its own with 'run --shard K/N' and unite them with 'merge'",
		 store->path, network);
	return enter_mode(store, "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL", err);
}

int store_sync_commits(struct store *store, bool at_once, struct error *err)
{
	if (!store->has_log_ahead)
		return 0;
	return store_execute(
		store, at_once ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", err);
}

/* --- is it still there? --- */

void store_note_file(struct store *store)
{
	struct stat status;

	if (stat(store->path, &status) == 0) {
		store->device = status.st_dev;
		store->inode = status.st_ino;
	}
}

int store_check_file(struct store *store, struct error *err)
{
	struct stat status;
	bool is_there = stat(store->path, &status) == 0;

	if (store->inode == 0 ||
	    (is_there && status.st_dev == store->device && status.st_ino == store->inode))
		return 0;
	return error_set(err, ERR_STORE,
			 "store '%s' was %s while it was in use, and what is written now would be "
			 "lost; put it back, or run again to train what is missing",
			 store->path, is_there ? "replaced by another file" : "deleted or moved");
}

/* --- patience --- */

static int wait_for_lock(void *context, int n_before)
{
	struct store *store = context;
	double now = clock_s(), waited_s;

	if (n_before == 0) {
		store->busy_since_s = now;
		store->busy_told = false;
	}
	waited_s = now - store->busy_since_s;
	if (waited_s > BUSY_TELL_S && !store->busy_told) {
		store->busy_told = true;
		log_warn("store '%s' is locked by another program; waiting for it", store->path);
	}
	if (waited_s > STORE_LONG_PATIENCE_S)
		return 0;
	sqlite3_sleep(BUSY_PAUSE_MS);
	return 1;
}

void store_wait_long(struct store *store)
{
	sqlite3_busy_handler(store->db, wait_for_lock, store);
}
