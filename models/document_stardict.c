/* SPDX-License-Identifier: MIT
 *
 * StarDict: X.idx is a run of {word, NUL, u32 offset, u32 size}, numbers big-endian.
 */
#include "models/document_format.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

struct entry {
	uint32_t start, size;
};

static uint32_t big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->size > y->size) - (x->size < y->size);
}

static struct entry *read_index(const struct file_map *index, size_t *n)
{
	const unsigned char *at = index->data, *end = at + index->size;
	struct entry *entries = NULL;
	size_t capacity = 0;

	*n = 0;
	while (at < end) {
		const unsigned char *zero = memchr(at, '\0', (size_t)(end - at));

		if (!zero || end - zero < 9)
			break;
		entries = grow_array(entries, &capacity, *n + 1, sizeof(*entries));
		entries[(*n)++] = (struct entry){big_endian(zero + 1), big_endian(zero + 5)};
		at = zero + 9;
	}
	if (*n)
		qsort(entries, *n, sizeof(*entries), compare_entries);
	return entries;
}

/* Removes "<...>" where it opens and closes on one line. */
static void add_untagged(struct text *pool, const char *at, const char *end)
{
	while (at < end) {
		if (*at == '<') {
			const char *close = at + 1;

			while (close < end && *close != '>' && *close != '\n')
				close++;
			if (close < end && *close == '>') {
				at = close + 1;
				continue;
			}
		}
		text_add_char(pool, *at++);
	}
}

static int add_entries(const char *path, const struct file_map *dict, const struct entry *entries,
		       size_t n, struct text *pool, struct decoded *found, struct error *err)
{
	const char *text = (const char *)dict->data;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && compare_entries(&entries[i], &entries[i - 1]) == 0)
			continue;
		if ((uint64_t)entries[i].start + entries[i].size > dict->size)
			return error_set(err, ERR_DATA,
					 "'%s' is shorter than its index says; unpack it again",
					 path);
		add_untagged(pool, text + entries[i].start,
			     text + entries[i].start + entries[i].size);
		decoded_add(found, pool);
	}
	return n ? 0 : error_set(err, ERR_DATA, "the index of '%s' has no entries", path);
}

int decode_stardict(const char *path, struct text *pool, struct decoded *found, struct error *err)
{
	struct file_map dict = {0}, index = {0};
	struct text index_path = {0};
	struct entry *entries = NULL;
	size_t n;
	int result;

	if (!text_ends_with(path, ".dict"))
		return error_set(err, ERR_DATA, "'%s' is no .dict file, which stardict needs",
				 path);
	text_add_bytes(&index_path, path, strlen(path) - strlen(".dict"));
	text_add(&index_path, ".idx");
	result = file_map_open(&dict, path, err);
	if (!result)
		result = file_map_open(&index, index_path.data, err);
	if (!result) {
		entries = read_index(&index, &n);
		result = add_entries(path, &dict, entries, n, pool, found, err);
	}
	free(entries);
	file_map_close(&index);
	file_map_close(&dict);
	text_release(&index_path);
	return result;
}
