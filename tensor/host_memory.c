/* SPDX-License-Identifier: MIT
 *
 * The host's memory as backend memory, for every backend that computes on the host.
 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tensor/backend_impl.h"

bool host_probe(char *description, size_t size)
{
	snprintf(description, size, "plain C on the host, for checks");
	return true;
}

void host_close(struct backend *backend)
{
	(void)backend;
}

int host_sync(struct backend *backend, struct error *err)
{
	(void)backend;
	(void)err;
	return 0;
}

int host_allocate(struct backend *backend, struct buffer *buffer, size_t size, struct error *err)
{
	char amount[SHORT_TEXT];

	(void)backend;
	buffer->memory = aligned_take(size);
	if (!buffer->memory)
		return error_set(err, ERR_NOMEM,
				 "no memory for %s of tensors; a smaller model or micro-batch, or "
				 "fewer trials at once, need less",
				 format_bytes(amount, (double)size));
	buffer->size = size;
	return 0;
}

void host_release(struct backend *backend, struct buffer *buffer)
{
	(void)backend;
	aligned_release(buffer->memory);
	buffer->memory = NULL;
	buffer->size = 0;
}

void host_read(const struct tensor *t, void *bytes)
{
	memcpy(bytes, host_data(t), tensor_size(t) * tensor_element_size(t));
}

void host_write(const struct tensor *t, const void *bytes)
{
	memcpy(host_data(t), bytes, tensor_size(t) * tensor_element_size(t));
}
