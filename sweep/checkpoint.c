/* SPDX-License-Identifier: MIT */
#include "sweep/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

#define BYTE_ORDER_MARK 0x01020304u

static const char magic[8] = {'m', 'u', 'o', 'n', 'c', 'k', 'p', '\n'};

struct header {
	char magic[8];
	uint32_t byte_order, version;
	uint64_t state_size, journal_size;
	int64_t step;
	char key[CHECKPOINT_KEY];
	char program[CHECKPOINT_PROGRAM];
	char machine[CHECKPOINT_MACHINE];
};

_Static_assert(sizeof(struct header) % 8 == 0, "the state is aligned as the bytes are");

#define SUM_SIZE   sizeof(uint64_t)
#define FRAME_SIZE (sizeof(struct header) + SUM_SIZE)

size_t checkpoint_size(size_t state_size, size_t journal_size)
{
	return FRAME_SIZE + state_size + journal_size;
}

void *checkpoint_state(void *bytes)
{
	return (char *)bytes + sizeof(struct header);
}

void checkpoint_fill(void *bytes, const struct checkpoint *c)
{
	struct header header = {
		.byte_order = BYTE_ORDER_MARK,
		.version = CHECKPOINT_VERSION,
		.state_size = c->state_size,
		.journal_size = c->journal_size,
		.step = c->step,
	};

	memcpy(header.magic, magic, sizeof(magic));
	snprintf(header.key, sizeof(header.key), "%s", c->key);
	snprintf(header.program, sizeof(header.program), "%s", c->program);
	snprintf(header.machine, sizeof(header.machine), "%s", c->machine);
	memcpy(bytes, &header, sizeof(header));
	if (c->journal_size > 0)
		memcpy((char *)checkpoint_state(bytes) + c->state_size, c->journal,
		       c->journal_size);
}

void checkpoint_seal(void *bytes, size_t size)
{
	uint64_t sum = checksum64(bytes, size - SUM_SIZE);

	memcpy((char *)bytes + size - SUM_SIZE, &sum, SUM_SIZE);
}

/* Whether these are the first bytes of a checkpoint that this program reads. */
static int check_header(const struct header *header, struct error *err)
{
	if (memcmp(header->magic, magic, sizeof(magic)) != 0)
		return error_set(err, ERR_DATA, "it is no checkpoint");
	if (header->byte_order != BYTE_ORDER_MARK)
		return error_set(err, ERR_DATA, "it is of a machine with another byte order");
	if (header->version != CHECKPOINT_VERSION)
		return error_set(err, ERR_DATA, "its format is %u; this program reads %d",
				 (unsigned)header->version, CHECKPOINT_VERSION);
	return 0;
}

static int check_whole(const struct header *header, const void *bytes, size_t size,
		       struct error *err)
{
	size_t inner = size - FRAME_SIZE;
	uint64_t sum;

	if (header->state_size > inner || header->journal_size != inner - header->state_size)
		return error_set(err, ERR_DATA, "it is cut off or damaged: it has %zu bytes", size);
	memcpy(&sum, (const char *)bytes + size - SUM_SIZE, SUM_SIZE);
	if (sum != checksum64(bytes, size - SUM_SIZE))
		return error_set(err, ERR_DATA, "it is damaged: its checksum is wrong");
	return 0;
}

/* A text of a header, which may have lost its end. */
static void take_text(char *to, const char *from, size_t size)
{
	memcpy(to, from, size);
	to[size - 1] = '\0';
}

int checkpoint_parse(const void *bytes, size_t size, struct checkpoint *c, struct error *err)
{
	struct header header;
	int result;

	if (size < FRAME_SIZE)
		return error_set(err, ERR_DATA, "it is cut off: it has only %zu bytes", size);
	memcpy(&header, bytes, sizeof(header));
	result = check_header(&header, err);
	if (!result)
		result = check_whole(&header, bytes, size, err);
	if (result)
		return result;
	*c = (struct checkpoint){
		.step = header.step,
		.state = (const char *)bytes + sizeof(header),
		.state_size = header.state_size,
		.journal_size = header.journal_size,
	};
	c->journal = (const char *)c->state + c->state_size;
	take_text(c->key, header.key, sizeof(header.key));
	take_text(c->program, header.program, sizeof(header.program));
	take_text(c->machine, header.machine, sizeof(header.machine));
	return 0;
}
