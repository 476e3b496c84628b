/* SPDX-License-Identifier: MIT
 *
 * One buffer, one thread.  The buffer belongs to the training thread while `writing` is false, and
 * to the writer while it is true; what the writer has to tell (how it went, how long it took) lies
 * beside it and is read when it is done.
 */
#include "sweep/checkpointer.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/version.h"
#include "sweep/checkpoint.h"
#include "sweep/checkpoint_folder.h"

#define INTERVAL_S    10.0 /* between checkpoints by time, at least */
#define TIME_SHARE    0.01 /* that copying and writing may take, by a core's time */
#define JOURNAL_SPARE 65536

struct checkpointer {
	const struct checkpoint_policy *policy;
	struct archived state;
	void (*note)(void *context, const char *text);
	void *note_context;
	size_t state_size;

	unsigned char *buffer; /* a checkpoint in the making; NULL: no memory */
	size_t capacity;
	struct checkpoint now; /* what is in the buffer */
	int64_t kept;	       /* the last step that is safe on the disk */
	bool told;	       /* that writing fails */
	double started_s;      /* when the last copy was taken, or training began */
	double copy_s;

	pthread_t thread;
	bool has_thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool writing, quit;
	/* of the last write */
	int result;
	struct error err;
	double write_s; /* computed; what waits for the disk costs the training nothing */
};

static void tell(const struct checkpointer *c, const char *text)
{
	c->note(c->note_context, text);
}

/* --- which stay --- */

static bool is_fork(const void *policy, int64_t step)
{
	const struct checkpoint_policy *p = policy;
	bool found = p->trunk_key && step == p->fork;

	for (size_t i = 0; i < p->n_forks && !found; i++)
		found = step == p->forks[i];
	return found && step <= p->fork;
}

static const char *key_of(const struct checkpoint_policy *p, int64_t step)
{
	return p->trunk_key && step <= p->fork ? p->trunk_key : p->key;
}

/* --- the writer --- */

/* Makes the folder, which whoever removes the last checkpoint in it takes away. */
static int write_file(const char *folder, const char *path, const void *bytes, size_t size,
		      struct error *err)
{
	int result = directory_make(folder, err);

	return result ? result : file_write(path, bytes, size, err);
}

static void write_buffer(struct checkpointer *c)
{
	const struct checkpoint_policy *p = c->policy;
	size_t size = checkpoint_size(c->state_size, c->now.journal_size);
	double start = thread_cpu_s();
	struct text folder = {0}, path = {0};

	checkpoint_seal(c->buffer, size);
	text_printf(&folder, "%s/%s", p->folder, c->now.key);
	checkpoint_path(&path, p->folder, c->now.key, c->now.step);
	c->result = write_file(folder.data, path.data, c->buffer, size, &c->err);
	if (c->result && access(folder.data, F_OK) < 0)
		c->result = write_file(folder.data, path.data, c->buffer, size, &c->err);
	if (!c->result)
		checkpoint_prune(p->folder, c->now.key, c->now.step, is_fork, p);
	text_release(&path);
	text_release(&folder);
	c->write_s = thread_cpu_s() - start;
}

static void *writer(void *context)
{
	struct checkpointer *c = context;

	pthread_mutex_lock(&c->mutex);
	for (;;) {
		while (!c->writing && !c->quit)
			pthread_cond_wait(&c->changed, &c->mutex);
		if (!c->writing)
			break;
		pthread_mutex_unlock(&c->mutex);
		write_buffer(c);
		pthread_mutex_lock(&c->mutex);
		c->writing = false;
		pthread_cond_broadcast(&c->changed);
	}
	pthread_mutex_unlock(&c->mutex);
	return NULL;
}

static void start_writing(struct checkpointer *c)
{
	if (!c->has_thread) {
		write_buffer(c);
		return;
	}
	pthread_mutex_lock(&c->mutex);
	c->writing = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->mutex);
}

/* Whether the buffer is the training thread's; waits until it is, where asked to. */
static bool is_idle(struct checkpointer *c, bool wait)
{
	bool idle;

	pthread_mutex_lock(&c->mutex);
	while (wait && c->writing)
		pthread_cond_wait(&c->changed, &c->mutex);
	idle = !c->writing;
	pthread_mutex_unlock(&c->mutex);
	return idle;
}

/* After a write, with the buffer idle: how it went. */
static void settle(struct checkpointer *c)
{
	struct text text = {0};

	if (c->now.step == 0)
		return;
	if (!c->result) {
		c->kept = c->now.step;
		c->told = false;
	} else if (!c->told) {
		text_printf(&text, "no checkpoint at step %lld: %s; training goes on",
			    (long long)c->now.step, c->err.text);
		tell(c, text.data);
		c->told = true;
		text_release(&text);
	}
	c->now.step = 0;
}

/* --- keeping --- */

/* Room for the journal, which grows. */
static bool has_room(struct checkpointer *c)
{
	size_t needed = checkpoint_size(c->state_size, c->policy->journal->length);
	unsigned char *larger;

	if (!c->buffer || needed <= c->capacity)
		return c->buffer != NULL;
	larger = realloc(c->buffer, needed + JOURNAL_SPARE);
	if (!larger)
		return false;
	c->buffer = larger;
	c->capacity = needed + JOURNAL_SPARE;
	return true;
}

static void keep(struct checkpointer *c, int64_t step)
{
	const struct checkpoint_policy *p = c->policy;
	const struct text *journal = p->journal;

	settle(c);
	c->started_s = clock_s();
	if (!has_room(c) || (p->is_sound && !p->is_sound(p->context)))
		return;
	archive_save(&c->state, checkpoint_state(c->buffer));
	c->now.step = step;
	snprintf(c->now.key, sizeof(c->now.key), "%s", key_of(p, step));
	c->now.journal_size = journal->length;
	c->now.journal = journal->data;
	checkpoint_fill(c->buffer, &c->now);
	c->copy_s = clock_s() - c->started_s;
	start_writing(c);
}

static double interval(const struct checkpointer *c)
{
	return fmax(INTERVAL_S, (c->copy_s + c->write_s) / TIME_SHARE);
}

void checkpointer_step(struct checkpointer *c, int64_t step)
{
	const struct checkpoint_policy *p = c->policy;

	if (is_fork(p, step) || (p->every > 0 && step % p->every == 0)) {
		is_idle(c, true);
		keep(c, step);
	} else if (p->every == 0 && is_idle(c, false) && clock_s() - c->started_s >= interval(c)) {
		keep(c, step);
	}
}

void checkpointer_stop(struct checkpointer *c, int64_t step)
{
	is_idle(c, true);
	settle(c);
	if (step > 0 && c->kept != step)
		keep(c, step);
	is_idle(c, true);
	settle(c);
}

/* --- going on --- */

static void tell_other_maker(const struct checkpointer *c, const struct checkpoint *found)
{
	struct text text = {0};

	if (strcmp(found->program, c->now.program) == 0 &&
	    strcmp(found->machine, c->now.machine) == 0)
		return;
	text_printf(&text,
		    "its checkpoint is of %s on %s, and this is %s on %s: from step %lld on, "
		    "numbers may differ in their last digits",
		    found->program, found->machine, c->now.program, c->now.machine,
		    (long long)found->step);
	tell(c, text.data);
	text_release(&text);
}

static int check_mine(const struct checkpointer *c, const struct checkpoint *found, const char *key,
		      int64_t step, struct error *err)
{
	if (strcmp(found->key, key) != 0)
		return error_set(err, ERR_DATA, "it is of another trial");
	if (found->step != step)
		return error_set(err, ERR_DATA, "it is of step %lld", (long long)found->step);
	if (found->state_size != c->state_size)
		return error_set(err, ERR_DATA, "its state has %zu bytes, and not %zu",
				 found->state_size, c->state_size);
	return 0;
}

static int restore(struct checkpointer *c, const char *key, int64_t step, struct error *err)
{
	struct checkpoint found;
	struct text path = {0};
	struct file_map map;
	int result;

	checkpoint_path(&path, c->policy->folder, key, step);
	result = file_map_open(&map, path.data, err);
	text_release(&path);
	if (result)
		return result;
	result = checkpoint_parse(map.data, map.size, &found, err);
	if (!result)
		result = check_mine(c, &found, key, step, err);
	if (!result) {
		archive_restore(&c->state, found.state);
		text_clear(c->policy->journal);
		text_add_bytes(c->policy->journal, found.journal, found.journal_size);
		tell_other_maker(c, &found);
	}
	file_map_close(&map);
	return result;
}

/* The largest step up to `most` of which there is a checkpoint, under either key. */
static int64_t newest(const struct checkpoint_policy *p, int64_t most)
{
	int64_t own = checkpoint_newest(p->folder, p->key, most), shared = 0;

	if (p->trunk_key)
		shared =
			checkpoint_newest(p->folder, p->trunk_key, most < p->fork ? most : p->fork);
	return own > shared ? own : shared;
}

int64_t checkpointer_resume(struct checkpointer *c, int64_t most)
{
	const struct checkpoint_policy *p = c->policy;
	int64_t step;

	checkpoint_remove_leftovers(p->folder, p->key);
	if (p->trunk_key)
		checkpoint_remove_leftovers(p->folder, p->trunk_key);
	for (step = newest(p, most); step > 0; step = newest(p, step - 1)) {
		struct error err = ERROR_INIT;
		struct text text = {0};

		if (!restore(c, key_of(p, step), step, &err))
			break;
		text_printf(&text, "the checkpoint of step %lld is not used: %s", (long long)step,
			    err.text);
		tell(c, text.data);
		text_release(&text);
	}
	c->kept = step;
	return step;
}

/* --- life --- */

static void take_memory(struct checkpointer *c)
{
	c->state_size = c->now.state_size = archive_measure(&c->state);
	c->capacity = checkpoint_size(c->state_size, JOURNAL_SPARE);
	c->buffer = malloc(c->capacity);
	if (!c->buffer)
		tell(c, "there is no memory for checkpoints; an interruption will cost all of it");
}

struct checkpointer *checkpointer_new(const struct checkpoint_policy *policy,
				      const struct archived *state,
				      void (*note)(void *context, const char *text), void *context)
{
	struct checkpointer *c = xcalloc(1, sizeof(*c));

	c->policy = policy;
	c->state = *state;
	c->note = note;
	c->note_context = context;
	c->started_s = clock_s();
	snprintf(c->now.program, sizeof(c->now.program), "%s", program_version);
	snprintf(c->now.machine, sizeof(c->now.machine), "%s", policy->machine);
	take_memory(c);
	pthread_mutex_init(&c->mutex, NULL);
	pthread_cond_init(&c->changed, NULL);
	c->has_thread = c->buffer && pthread_create(&c->thread, NULL, writer, c) == 0;
	return c;
}

void checkpointer_free(struct checkpointer *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->mutex);
	c->quit = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->mutex);
	if (c->has_thread)
		pthread_join(c->thread, NULL);
	settle(c);
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->mutex);
	free(c->buffer);
	free(c);
}
