/* SPDX-License-Identifier: MIT
 *
 * What status proposes to type next, by what the store knows of the last run.
 */
#include "cmd/status_facts.h"
#include "tests/store_fixture.h"

/* The page of a store with one planned trial. */
static void check_page(void **state, const char *command, const char *shard, const char *want)
{
	const char *path = scratch_path(state, "a.db");
	struct status_facts facts = {.db = "a store.db"};
	struct error err = ERROR_INIT;
	struct store *store = open_store(path);
	struct text page = {0};

	put_trial(store, "s", "muon", "k1", 0);
	if (command)
		check_ok(store_put_command(store, "s", command, shard, &err), &err);
	check_ok(status_read(&facts, store, NULL, &err), &err);
	status_add_text(&facts, &page);
	if (!strstr(text_string(&page), want))
		fail_msg("no '%s' in:\n%s", want, text_string(&page));
	text_release(&page);
	status_release(&facts);
	store_close(store);
}

static void the_last_run_is_proposed(void **state)
{
	check_page(
		state, "muon-sweep run 'my file.yaml' --threads 2", NULL,
		"\n1 trial is left: muon-sweep run 'my file.yaml' --threads 2 --db 'a store.db'\n");
}

static void a_shard_is_proposed_as_one(void **state)
{
	check_page(state, "muon-sweep run a.yaml", "2/3",
		   "\n1 trial is left, those of other shards counted: muon-sweep run a.yaml "
		   "--db 'a store.db' --shard 2/3\n");
}

static void a_sweep_whose_run_is_not_known_is_named(void **state)
{
	check_page(state, NULL, NULL,
		   "\n1 trial of 's' is left: muon-sweep run FILE --db 'a store.db'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH(the_last_run_is_proposed),
		SCRATCH(a_shard_is_proposed_as_one),
		SCRATCH(a_sweep_whose_run_is_not_known_is_named),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
