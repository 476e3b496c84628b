/* SPDX-License-Identifier: MIT
 *
 * Checkpoints, as they are and with a checksum that is right, which no mutation would find.
 */
#include "sweep/checkpoint.h"

#include <string.h>

#include "base/memory.h"
#include "tests/fuzz/fuzz.h"

static size_t sum(const void *bytes, size_t size)
{
	size_t total = 0;

	for (size_t i = 0; i < size; i++)
		total += ((const unsigned char *)bytes)[i];
	return total;
}

/* What was read can be written, and read again. */
static void write_again(const struct checkpoint *c)
{
	size_t size = checkpoint_size(c->state_size, c->journal_size);
	struct checkpoint again;
	struct error err = ERROR_INIT;
	void *bytes = xmalloc(size);

	checkpoint_fill(bytes, c);
	memcpy(checkpoint_state(bytes), c->state, c->state_size);
	checkpoint_seal(bytes, size);
	fuzz_demand(checkpoint_parse(bytes, size, &again, &err) == 0);
	fuzz_demand(again.step == c->step && strcmp(again.key, c->key) == 0);
	fuzz_demand(strcmp(again.program, c->program) == 0);
	fuzz_demand(strcmp(again.machine, c->machine) == 0);
	fuzz_demand(again.state_size == c->state_size && again.journal_size == c->journal_size);
	fuzz_demand(memcmp(again.state, c->state, c->state_size) == 0);
	fuzz_demand(memcmp(again.journal, c->journal, c->journal_size) == 0);
	free(bytes);
}

static void parse(const void *bytes, size_t size)
{
	struct checkpoint c;
	struct error err = ERROR_INIT;
	const char *first = bytes, *end = first + size;

	if (checkpoint_parse(bytes, size, &c, &err)) {
		fuzz_demand(err.text[0]);
		return;
	}
	fuzz_demand((const char *)c.state >= first && (const char *)c.state <= end);
	fuzz_demand(c.state_size <= (size_t)(end - (const char *)c.state));
	fuzz_demand(c.journal >= first && c.journal_size <= (size_t)(end - c.journal));
	fuzz_demand(memchr(c.key, '\0', sizeof(c.key)) &&
		    memchr(c.program, '\0', sizeof(c.program)));
	fuzz_demand(memchr(c.machine, '\0', sizeof(c.machine)));
	fuzz_demand(sum(c.state, c.state_size) + sum(c.journal, c.journal_size) <= 255 * size);
	write_again(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = xmalloc(size ? size : 1);

	parse(data, size);
	if (size >= sizeof(uint64_t)) {
		memcpy(copy, data, size);
		checkpoint_seal(copy, size);
		parse(copy, size);
	}
	free(copy);
	return 0;
}
