/* SPDX-License-Identifier: MIT */
#include "tensor/ref/ref.h"

const struct backend_ops REF(ops) = {
#define X(name, arguments) .name = REF(name),
	BACKEND_OPERATIONS(X)
#undef X
#define X(name) .name = REF(name),
		BACKEND_REDUCTIONS(X)
#undef X
};

static int open_ref(struct backend *backend, struct error *err)
{
	(void)err;
	backend->ops = REF(ops);
	return 0;
}

const struct backend_type REF_BACKEND = {
	.name = REF_NAME,
	.real_size = sizeof(ref_real),
	.has_bf16 = sizeof(ref_real) == sizeof(float),
	.probe = host_probe,
	.open = open_ref,
	.close = host_close,
	.sync = host_sync,
	.allocate = host_allocate,
	.release = host_release,
	.read = host_read,
	.write = host_write,
};
