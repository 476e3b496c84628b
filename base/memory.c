/* SPDX-License-Identifier: MIT */
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT  64
#define HUGE_PAGE  ((size_t)2 << 20)
#define CHUNK_SIZE 16384

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	_Alignas(16) unsigned char bytes[];
};

static long takes_until_failure;

static void *or_die(void *memory, size_t size)
{
	if (!memory && size > 0) {
		fprintf(stderr, "muon-sweep: out of memory (%zu bytes)\n", size);
		exit(1);
	}
	return memory;
}

void *xmalloc(size_t size)
{
	return or_die(malloc(size ? size : 1), size);
}

void *xcalloc(size_t count, size_t size)
{
	return or_die(calloc(count ? count : 1, size ? size : 1), count * size);
}

void *xrealloc(void *old, size_t size)
{
	return or_die(realloc(old, size ? size : 1), size);
}

char *xstrndup(const char *text, size_t length)
{
	char *copy = xmalloc(length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *xstrdup(const char *text)
{
	return xstrndup(text, strlen(text));
}

void *grow_array(void *array, size_t *capacity, size_t needed, size_t element_size)
{
	size_t wanted = *capacity ? *capacity : 8;

	if (needed <= *capacity)
		return array;
	while (wanted < needed)
		wanted *= 2;
	if (wanted > SIZE_MAX / element_size)
		or_die(NULL, SIZE_MAX);
	*capacity = wanted;
	return xrealloc(array, wanted * element_size);
}

void *aligned_take(size_t size_bytes)
{
	size_t rounded = (size_bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
	void *memory;

	if (takes_until_failure > 0 && --takes_until_failure == 0)
		return NULL;
	if (rounded < size_bytes)
		return NULL;
	if (posix_memalign(&memory, rounded < 2 * HUGE_PAGE ? ALIGNMENT : HUGE_PAGE, rounded) != 0)
		return NULL;
	/* Huge pages take a third off the start of a small trial; without them all is the same. */
	if (rounded >= 2 * HUGE_PAGE)
		madvise(memory, rounded, MADV_HUGEPAGE);
	return memset(memory, 0, rounded);
}

void aligned_release(void *memory)
{
	free(memory);
}

void memory_fail_after(long n)
{
	takes_until_failure = n;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t rounded = (size + 15) / 16 * 16;
	size_t room;
	void *memory;

	if (!chunk || chunk->size - chunk->used < rounded) {
		room = rounded > CHUNK_SIZE ? rounded : CHUNK_SIZE;
		chunk = xcalloc(1, sizeof(*chunk) + room);
		chunk->size = room;
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	memory = chunk->bytes + chunk->used;
	chunk->used += rounded;
	return memory;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(arena_alloc(arena, size), text, size);
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	char usual[256], *text;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(usual, sizeof(usual), format, args);
	va_end(args);
	text = arena_alloc(arena, (size_t)length + 1);
	if ((size_t)length < sizeof(usual))
		return memcpy(text, usual, (size_t)length + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)length + 1, format, args);
	va_end(args);
	return text;
}

void arena_release(struct arena *arena)
{
	struct arena_chunk *chunk, *next;

	for (chunk = arena->chunks; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	arena->chunks = NULL;
}
