/* SPDX-License-Identifier: MIT
 *
 * Memory of the host.  Small things die when there is no memory (xmalloc and friends: the
 * only exit below cmd/); large things (tensors, corpora) are taken by their owners with
 * malloc or mmap and return ERR_NOMEM.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* Never NULL; end the program with one line on stderr when memory is out. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t length);

/* Grows an array so that it holds at least `needed` elements; doubles, so that appending
 * one by one is linear.  `capacity` is updated.  Usage:
 *     items = grow_array(items, &capacity, count + 1, sizeof(*items)); */
void *grow_array(void *array, size_t *capacity, size_t needed, size_t element_size);

/* 64-byte aligned and zeroed, for tensors; NULL when memory is out.  Free with
 * aligned_release(). */
void *aligned_take(size_t size_bytes);
void aligned_release(void *memory);

/* An arena: many small things that die together.  Zero-initialised is empty and ready. */
struct arena {
	struct arena_chunk *chunks;
};

void *arena_alloc(struct arena *arena, size_t size); /* zeroed, 16-byte aligned, never NULL */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void arena_release(struct arena *arena);

/* Fault injection for tests: the n-th aligned_take() from now fails (0: never). */
void memory_fail_after(long n);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
