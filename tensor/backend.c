/* SPDX-License-Identifier: MIT
 *
 * The backends that this program knows, and how one is opened and closed.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tensor/backend_impl.h"

#define TRANSFER_SIZE 65536 /* bytes */

/* The first is the default of the commands. */
static const struct backend_type *const backends[] = {
	&backend_cpu,
	&backend_ref,
	&backend_ref64,
};

static const struct backend_type *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	return NULL;
}

static int refuse_name(const char *name, struct error *err)
{
	char hint[64];
	struct suggestion near;
	struct text known = {0};
	int rc;

	suggestion_start(&near, name);
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
		suggestion_offer(&near, backends[i]->name);
		text_printf(&known, "%s%s", i ? ", " : "", backends[i]->name);
	}
	if (*suggestion_text(&near, hint, sizeof(hint)) == '\0')
		snprintf(hint, sizeof(hint), "; known are %s", text_string(&known));
	rc = error_set(err, ERR_USAGE, "unknown backend '%s'%s", name, hint);
	text_release(&known);
	return rc;
}

int backend_open(struct backend **backend, const char *name, const struct backend_options *options,
		 struct error *err)
{
	static const struct backend_options plain = {1, PRECISION_FP32};
	const struct backend_type *type = find(name);
	struct backend_info info;
	struct backend *opened;
	int rc;

	*backend = NULL;
	if (!options)
		options = &plain;
	assert(options->threads >= 1);
	if (!type)
		return refuse_name(name, err);
	if (options->precision == PRECISION_BF16 && !type->has_bf16)
		return error_set(err, ERR_DEVICE, "backend '%s' has no bf16; use fp32", name);
	if (!type->probe(info.description, sizeof(info.description)))
		return error_set(err, ERR_DEVICE, "backend '%s' is missing here: %s", name,
				 info.description);
	opened = xcalloc(1, sizeof(*opened));
	opened->type = type;
	opened->threads = options->threads;
	opened->lanes = type->each ? options->threads : 1;
	opened->precision = options->precision;
	rc = type->open(opened, err);
	if (rc < 0) {
		free(opened);
		return rc;
	}
	opened->transfer = xmalloc(TRANSFER_SIZE);
	opened->transfer_size = TRANSFER_SIZE;
	*backend = opened;
	return 0;
}

void backend_close(struct backend *backend)
{
	if (!backend)
		return;
	backend->type->close(backend);
	free(backend->transfer);
	free(backend->profile);
	free(backend);
}

size_t backend_memory(const char *name, const struct backend_options *options)
{
	const struct backend_type *type = find(name);

	return type && type->memory ? type->memory(options) : 0;
}

const char *backend_name(const struct backend *backend)
{
	return backend->type->name;
}

size_t backend_real_size(const struct backend *backend)
{
	return backend->type->real_size;
}

enum precision backend_precision(const struct backend *backend)
{
	return backend->precision;
}

size_t backend_lanes(const struct backend *backend)
{
	return (size_t)backend->lanes;
}

void backend_each(struct backend *backend, size_t n,
		  void (*work)(void *context, size_t i, size_t lane), void *context)
{
	/* A profile counts on one thread. */
	if (backend_lanes(backend) > 1 && !backend->profile) {
		backend->type->each(backend, n, work, context);
		return;
	}
	for (size_t i = 0; i < n; i++)
		work(context, i, 0);
}

int backend_sync(struct backend *backend, struct error *err)
{
	return backend->type->sync(backend, err);
}

size_t backend_list(struct backend_info *list, size_t capacity)
{
	for (size_t i = 0; i < ARRAY_SIZE(backends) && i < capacity; i++) {
		list[i].name = backends[i]->name;
		list[i].available =
			backends[i]->probe(list[i].description, sizeof(list[i].description));
	}
	return ARRAY_SIZE(backends);
}
