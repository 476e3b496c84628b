/* SPDX-License-Identifier: MIT
 *
 * status: how the trials of a store stand.  With --watch the store is opened for each look, so that
 * another that takes its place is seen.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "cmd/command.h"
#include "cmd/screen.h"
#include "cmd/status_facts.h"

struct status_options {
	const char *sweep;
	bool watch;
	double interval_s;
};

enum { KEY_SWEEP, KEY_WATCH, KEY_INTERVAL };

static const struct key keys[] = {
	[KEY_SWEEP] = {"sweep", KEY_TEXT, offsetof(struct status_options, sweep), 0, 0, 0, NULL, "",
		       "NAME", "only this sweep"},
	[KEY_WATCH] = {"watch", KEY_BOOL, offsetof(struct status_options, watch), 0, 0, 0, NULL,
		       "no", NULL, "again and again, until interrupted"},
	[KEY_INTERVAL] = {"interval", KEY_REAL, offsetof(struct status_options, interval_s), 0.1,
			  86400, 0, NULL, "2", "SECONDS",
			  "with --watch: from one look to the next"},
};

/* What is to be printed now. */
static int compose(const struct command_line *line, struct text *page, struct error *err)
{
	const struct status_options *o = line->options;
	struct status_facts facts = {.db = line->common.db};
	struct json j = {0};
	struct store *store;
	int result = store_open(&store, line->common.db, STORE_READ, err);

	if (!result)
		result = status_read(&facts, store, o->sweep[0] ? o->sweep : NULL, err);
	if (!result && line->common.json) {
		status_add_json(&facts, &j);
		text_printf(page, "%s\n", text_string(&j.text));
	} else if (!result) {
		status_add_text(&facts, page);
	}
	json_release(&j);
	status_release(&facts);
	store_close(store);
	return result;
}

static void add_line(struct screen *screen, const char *words)
{
	struct text line = {0};

	text_add(&line, words);
	screen_line(screen, &line);
	text_release(&line);
}

/* What does not fit is left out at the end, and that is said. */
static void draw(struct screen *screen, char *page)
{
	screen_begin(screen);
	for (char *at = page, *end; (end = strchr(at, '\n')); at = end + 1) {
		bool last = screen_room(screen) == 1 && end[1];

		*end = '\0';
		add_line(screen, last ? "..." : at);
	}
	screen_draw(screen);
}

static void wait_s(double seconds)
{
	struct timespec time = {.tv_sec = (time_t)seconds};

	time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
	nanosleep(&time, NULL);
}

/* Not the beginning of a store that is being made either. */
static bool is_there(const char *path)
{
	struct stat about;

	return stat(path, &about) < 0 ? errno != ENOENT : !store_is_empty(path);
}

/* On the page, or once as chatter. */
static void add_wait(const char *path, struct text *page, bool *told)
{
	if (page)
		text_printf(page, "no store '%s' yet\n", path);
	else if (!*told)
		log_info("no store '%s' yet", path);
	*told = true;
}

/* Ends with an error, with its reader, or by a signal. */
static int watch(const struct command_line *line, struct error *err)
{
	const struct status_options *o = line->options;
	bool terminal = screen_fits(stdout) && !line->common.json, waits = false;
	struct screen screen;
	int result = 0;

	if (terminal)
		screen_start(&screen, stdout);
	while (!ferror(stdout)) {
		struct text page = {0};

		if (is_there(line->common.db))
			result = compose(line, &page, err);
		else
			add_wait(line->common.db, terminal ? &page : NULL, &waits);
		if (!result && terminal)
			draw(&screen, page.data);
		else if (!result && page.length > 0)
			printf("%s%s", page.data, line->common.json ? "" : "\n");
		text_release(&page);
		if (result || fflush(stdout) != 0)
			break;
		wait_s(o->interval_s);
	}
	if (terminal)
		screen_release(&screen);
	return result;
}

static int run(struct command_line *line, struct error *err)
{
	const struct status_options *o = line->options;
	struct text page = {0};
	int result;

	if (o->watch)
		return watch(line, err);
	if (line->given[KEY_INTERVAL])
		return error_set(err, ERR_USAGE, "'--interval' goes with '--watch'");
	result = compose(line, &page, err);
	fputs(text_string(&page), stdout);
	text_release(&page);
	return result;
}

const struct command cmd_status = {
	.name = "status",
	.arguments = "",
	.summary = "counts by state, progress, time left, what runs, failures with their reason",
	.examples = "muon-sweep status\n"
		    "muon-sweep status --watch\n"
		    "muon-sweep status --sweep quickstart --json\n",
	.options = keys,
	.n_options = ARRAY_SIZE(keys),
	.options_size = sizeof(struct status_options),
	.run = run,
};
