/* SPDX-License-Identifier: MIT
 *
 * A line is the identity of machine and build, a tab, and the fields of a row.
 */
#include "sweep/calibration.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/version.h"

#define MOST_LINES	 600
#define LONGEST_WEIGHT	 30.0 /* s: what was measured before counts for no more */
#define ID_DIGITS	 16
#define LOCK_INTERVAL_US 20000

/* --- one row --- */

void cost_row_write(const struct cost_row *row, struct text *out)
{
	const struct cost_shape *shape = &row->shape;
	const struct cost_parts *parts = &row->parts;

#define X(field, use) text_printf(out, "%.17g\t", shape->field);
	COST_SHAPE_NUMBERS(X)
#undef X
#define X(field) text_printf(out, "%s\t", shape->field);
	COST_SHAPE_TEXTS(X)
#undef X
#define X(field) text_printf(out, "%.9g\t", parts->field);
	COST_PARTS(X)
#undef X
	text_printf(out, "%.4g\n", row->measured_s);
}

/* The field that begins at *at; moves on behind its tab. */
static size_t take_field(const char **at, const char **field)
{
	size_t length = strcspn(*at, "\t\n");

	*field = *at;
	*at += length + ((*at)[length] == '\t');
	return length;
}

static bool take_number(const char **at, double *value)
{
	const char *field;
	size_t length = take_field(at, &field);
	char *end;

	*value = strtod(field, &end);
	return length > 0 && end == field + length;
}

static bool take_text(const char **at, char value[COST_SHAPE_TEXT])
{
	const char *field;
	size_t length = take_field(at, &field);

	if (length == 0 || length >= COST_SHAPE_TEXT)
		return false;
	memcpy(value, field, length);
	return true;
}

/* Times above zero, at least one of them known; shapes as trials have them. */
static bool makes_sense(const struct cost_row *row)
{
	const double *numbers = cost_shape_numbers(&row->shape);
	struct cost_parts parts = row->parts;
	const double *times = cost_parts_array(&parts);
	int known = 0;

	for (int i = 0; i < N_COST_NUMBERS; i++)
		if (!(numbers[i] >= 0 && numbers[i] < 1e18))
			return false;
	for (int i = 0; i < N_COST_PARTS; i++) {
		if (!isnan(times[i]) && !(times[i] > 0 && times[i] < 1e9))
			return false;
		known += !isnan(times[i]);
	}
	return known > 0 && row->shape.d_model > 0 && row->shape.micro_batch > 0 &&
	       row->shape.threads > 0 && row->shape.jobs > 0 && row->measured_s > 0;
}

bool cost_row_read(const char *line, struct cost_row *row)
{
	const char *at = line;
	bool good = true;

	memset(row, 0, sizeof(*row));
#define X(field, use) good = good && take_number(&at, &row->shape.field);
	COST_SHAPE_NUMBERS(X)
#undef X
#define X(field) good = good && take_text(&at, row->shape.field);
	COST_SHAPE_TEXTS(X)
#undef X
#define X(field) good = good && take_number(&at, &row->parts.field);
	COST_PARTS(X)
#undef X
	good = good && take_number(&at, &row->measured_s);
	return good && (*at == '\0' || *at == '\n') && makes_sense(row);
}

/* --- rows in memory --- */

static double average(double a, double weight_a, double b, double weight_b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) ? b : a;
	return (a * weight_a + b * weight_b) / (weight_a + weight_b);
}

static void blend(struct cost_row *into, const struct cost_row *row)
{
	double before = fmin(into->measured_s, LONGEST_WEIGHT);

#define X(field) \
	into->parts.field = average(into->parts.field, before, row->parts.field, row->measured_s);
	COST_PARTS(X)
#undef X
	into->measured_s = before + row->measured_s;
}

void calibration_merge(struct calibration *c, const struct cost_row *row)
{
	struct cost_row merged = *row;

	for (size_t i = 0; i < c->n; i++)
		if (cost_shape_equal(&c->rows[i].shape, &row->shape)) {
			merged = c->rows[i];
			blend(&merged, row);
			memmove(&c->rows[i], &c->rows[i + 1], (c->n - i - 1) * sizeof(*c->rows));
			c->n--;
			break;
		}
	c->rows = grow_array(c->rows, &c->capacity, c->n + 1, sizeof(*c->rows));
	c->rows[c->n++] = merged;
}

void calibration_release(struct calibration *c)
{
	free(c->rows);
	*c = (struct calibration){0};
}

/* --- the file --- */

/* What the system tells of the (first) processor: x86 has a name, ARM numbers. */
static void add_processor(struct text *out)
{
	static const char *const names[] = {"model name", "CPU implementer", "CPU part"};
	struct text info = {0};

	if (file_read(&info, "/proc/cpuinfo", NULL))
		text_clear(&info);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *line = strstr(text_string(&info), names[i]);

		if (line)
			text_printf(out, "%.*s\n", (int)strcspn(line, "\n"), line);
	}
	text_release(&info);
}

static void identify(char id[SHA256_HEX])
{
	struct backend_info backends[8];
	size_t n = backend_list(backends, ARRAY_SIZE(backends));
	struct text facts = {0};
	struct sha256 sha;

	add_processor(&facts);
	text_printf(&facts, "%ld cores\n", sysconf(_SC_NPROCESSORS_ONLN));
	for (size_t i = 0; i < n && i < ARRAY_SIZE(backends); i++)
		text_printf(&facts, "%s: %s\n", backends[i].name, backends[i].description);
	text_printf(&facts, "%s, %s, numerics %d\n", program_version, program_build,
		    NUMERICS_VERSION);
	sha256_start(&sha);
	sha256_add(&sha, facts.data, facts.length);
	sha256_finish(&sha, id);
	id[ID_DIGITS] = '\0';
	text_release(&facts);
}

struct cache {
	struct text path;
	char id[SHA256_HEX];
	struct text foreign; /* whole lines of other machines and builds */
	size_t n_foreign, n_bad;
	struct calibration own;
};

static void cache_release(struct cache *cache)
{
	text_release(&cache->path);
	text_release(&cache->foreign);
	calibration_release(&cache->own);
}

static int cache_init(struct cache *cache, struct error *err)
{
	int result;

	*cache = (struct cache){.n_bad = 0};
	identify(cache->id);
	result = cache_directory(&cache->path, err);
	text_add(&cache->path, "/calibration.tsv");
	return result;
}

static bool is_identity(const char *line)
{
	return strspn(line, "0123456789abcdef") == ID_DIGITS && line[ID_DIGITS] == '\t';
}

static void read_line(struct cache *cache, const char *line, size_t length)
{
	struct cost_row row;
	bool known = is_identity(line) && !memchr(line, '\0', length);

	if (known && strncmp(line, cache->id, ID_DIGITS) != 0) {
		text_add_bytes(&cache->foreign, line, length);
		text_add_char(&cache->foreign, '\n');
		cache->n_foreign++;
	} else if (known && cost_row_read(line + ID_DIGITS + 1, &row)) {
		calibration_merge(&cache->own, &row);
	} else if (length > 0) {
		cache->n_bad++;
	}
}

static bool is_missing(const char *path)
{
	return access(path, F_OK) < 0 && errno == ENOENT;
}

/* A file that is not there has no lines.  ERR_IO. */
static int cache_read(struct cache *cache, struct error *err)
{
	struct text text = {0};
	int result = is_missing(cache->path.data) ? 0 : file_read(&text, cache->path.data, err);
	const char *line = text_string(&text), *end = line + text.length;

	while (line < end && !result) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *stop = newline ? newline : end;

		read_line(cache, line, (size_t)(stop - line));
		line = stop + 1;
	}
	text_release(&text);
	return result;
}

/* The oldest lines go first, those of other machines and builds before all others. */
static int cache_write(const struct cache *cache, struct error *err)
{
	const struct calibration *own = &cache->own;
	size_t first = own->n > MOST_LINES ? own->n - MOST_LINES : 0;
	size_t room = MOST_LINES - (own->n - first);
	const char *foreign = text_string(&cache->foreign);
	struct text out = {0};
	int result;

	for (size_t i = room; i < cache->n_foreign; i++)
		foreign = strchr(foreign, '\n') + 1;
	text_add(&out, foreign);
	for (size_t i = first; i < own->n; i++) {
		text_printf(&out, "%s\t", cache->id);
		cost_row_write(&own->rows[i], &out);
	}
	result = file_write(cache->path.data, out.data, out.length, err);
	text_release(&out);
	return result;
}

static int open_lock(const char *name)
{
	int fd;

	do
		fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* 0, or -1 with errno: EWOULDBLOCK where another process kept it all that time. */
static int wait_for_lock(int fd, double patience_s)
{
	double until_s = clock_s() + patience_s;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK || clock_s() >= until_s)
			return -1;
		usleep(LOCK_INTERVAL_US);
	}
	return 0;
}

/* The lock is a file of its own, since the cache itself is replaced; *fd to be closed where it is
 * not negative.  ERR_IO, ERR_TAKEN. */
static int lock(const struct text *path, double patience_s, int *fd, struct error *err)
{
	struct text name = {0};
	int result = 0;

	text_printf(&name, "%s.lock", path->data);
	*fd = open_lock(name.data);
	if (*fd < 0)
		result = error_set_errno(err, ERR_IO, "cannot open '%s'", name.data);
	else if (wait_for_lock(*fd, patience_s) < 0)
		result = error_set_errno(err, errno == EWOULDBLOCK ? ERR_TAKEN : ERR_IO,
					 "cannot lock '%s'", name.data);
	text_release(&name);
	return result;
}

void calibration_load(struct calibration *calibration)
{
	struct error err = ERROR_INIT;
	struct cache cache;

	if (cache_init(&cache, NULL) == 0 && cache_read(&cache, &err))
		log_warn("times measured before are not used: %s", err.text);
	if (cache.n_bad)
		log_warn("'%s' has %zu lines that are no measurements; they were left out",
			 cache.path.data, cache.n_bad);
	*calibration = cache.own;
	cache.own = (struct calibration){0};
	cache_release(&cache);
}

int calibration_add(const struct cost_row *rows, size_t n, double patience_s, struct error *err)
{
	struct cache cache;
	int result = cache_init(&cache, err), fd = -1;

	if (!result)
		result = lock(&cache.path, patience_s, &fd, err);
	if (!result)
		result = cache_read(&cache, err);
	for (size_t i = 0; i < n && !result; i++)
		calibration_merge(&cache.own, &rows[i]);
	if (!result)
		result = cache_write(&cache, err);
	if (fd >= 0)
		close(fd);
	cache_release(&cache);
	return result;
}
