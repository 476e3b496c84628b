/* SPDX-License-Identifier: MIT
 *
 * What a backend must bring.  Only files of tensor/ include this.
 *
 * A backend is one const struct backend_type at the foot of its file and one entry in the table
 * of backend.c.  Its operations take tensors whose shapes ops.c has checked.  The cpu backend
 * starts from ref's table and overrides what it does faster (cpu_backend.c).
 */
#ifndef TENSOR_BACKEND_IMPL_H
#define TENSOR_BACKEND_IMPL_H

#include "tensor/ops.h"

struct buffer {
	void *memory; /* host address, or the device's handle */
	size_t size;  /* bytes */
};

/* X(name, arguments): every operation, with the arguments of its function in ops.h. */
#define BACKEND_OPERATIONS(X)                                                                      \
	X(fill, (const struct tensor *, double))                                                   \
	X(copy, (const struct tensor *, const struct tensor *))                                    \
	X(axpby, (const struct tensor *, double, const struct tensor *, double))                   \
	X(normalize, (const struct tensor *, const struct tensor *))                               \
	X(add_identity, (const struct tensor *, double))                                           \
	X(matmul, (const struct tensor *, const struct tensor *, enum transpose,                   \
		   const struct tensor *, enum transpose, double, double))                         \
	X(embedding_forward,                                                                       \
	  (const struct tensor *, const struct tensor *, const struct tensor *))                   \
	X(embedding_backward,                                                                      \
	  (const struct tensor *, const struct tensor *, const struct tensor *))                   \
	X(rmsnorm_forward, (const struct tensor *, const struct tensor *, const struct tensor *,   \
			    const struct tensor *))                                                \
	X(rmsnorm_backward, (const struct tensor *, const struct tensor *, const struct tensor *,  \
			     const struct tensor *, const struct tensor *, const struct tensor *)) \
	X(split_heads_forward,                                                                     \
	  (const struct tensor *, const struct tensor *, const struct tensor *,                    \
	   const struct tensor *, const struct tensor *))                                          \
	X(split_heads_backward,                                                                    \
	  (const struct tensor *, const struct tensor *, const struct tensor *,                    \
	   const struct tensor *, const struct tensor *))                                          \
	X(rope, (const struct tensor *, const struct tensor *, bool))                              \
	X(attention_forward,                                                                       \
	  (const struct tensor *, const struct tensor *, const struct tensor *,                    \
	   const struct tensor *, const struct tensor *, const struct tensor *, double))           \
	X(attention_backward,                                                                      \
	  (const struct tensor *, const struct tensor *, const struct tensor *,                    \
	   const struct tensor *, const struct tensor *, const struct tensor *,                    \
	   const struct tensor *, const struct tensor *, const struct tensor *, double))           \
	X(swiglu_forward, (const struct tensor *, const struct tensor *))                          \
	X(swiglu_backward, (const struct tensor *, const struct tensor *, const struct tensor *))  \
	X(gelu_forward, (const struct tensor *, const struct tensor *))                            \
	X(gelu_backward, (const struct tensor *, const struct tensor *, const struct tensor *))    \
	X(cross_entropy_forward,                                                                   \
	  (const struct tensor *, const struct tensor *, const struct tensor *))                   \
	X(cross_entropy_backward,                                                                  \
	  (const struct tensor *, const struct tensor *, const struct tensor *, double))           \
	X(adamw, (const struct tensor *, const struct tensor *, const struct tensor *,             \
		  const struct tensor *, const struct adamw_step *))                               \
	X(momentum, (const struct tensor *, const struct tensor *, const struct tensor *, double,  \
		     double, bool))

/* Operations that a backend may leave NULL: ops.c makes them of the others. */
#define BACKEND_OPTIONAL(X)                                                                        \
	X(gram, (const struct tensor *, const struct tensor *, enum transpose, double, double))    \
	X(matmul_commuting, (const struct tensor *, const struct tensor *, const struct tensor *)) \
	X(rmsnorm_branch, (const struct tensor *, const struct tensor *, const struct tensor *,    \
			   const struct tensor *, const struct tensor *))

/* X(name): reductions that read one number back. */
#define BACKEND_REDUCTIONS(X) X(sum_squares)

struct backend_ops {
#define X(name, arguments) void(*name) arguments;
	BACKEND_OPERATIONS(X)
	BACKEND_OPTIONAL(X)
#undef X
#define X(name) double (*name)(const struct tensor *);
	BACKEND_REDUCTIONS(X)
#undef X
};

struct backend;

struct backend_type {
	const char *name;
	size_t real_size;
	bool has_bf16; /* PRECISION_BF16 may be asked for */
	/* Says whether the backend is here and on what it runs, or why it is not. */
	bool (*probe)(char *description, size_t size);
	/* Fills backend->ops (and ->state). */
	int (*open)(struct backend *backend, struct error *err);
	void (*close)(struct backend *backend);
	size_t (*memory)(const struct backend_options *options); /* NULL: next to none */
	/* backend_each() on several threads; NULL: there are none. */
	void (*each)(struct backend *backend, size_t n,
		     void (*work)(void *context, size_t i, size_t lane), void *context);
	int (*sync)(struct backend *backend, struct error *err);
	int (*allocate)(struct backend *backend, struct buffer *buffer, size_t size,
			struct error *err); /* zeroed; ERR_NOMEM */
	void (*release)(struct backend *backend, struct buffer *buffer);
	void (*read)(const struct tensor *t, void *bytes); /* raw bytes of the tensor */
	void (*write)(const struct tensor *t, const void *bytes);
};

struct backend {
	const struct backend_type *type;
	struct backend_ops ops;
	int threads;
	int lanes; /* of backend_each() */
	enum precision precision;
	void *state;	/* the backend's own */
	void *transfer; /* host memory for conversions, of a fixed size from open to close */
	size_t transfer_size;
	struct profile *profile; /* NULL: operations are not timed (profile.c) */
};

/* The nearest bfloat16, ties to even; NaN stays NaN. */
static inline float round_to_bf16(float x)
{
	union {
		float real;
		uint32_t bits;
	} u = {x};

	u.bits = (u.bits + 0x7fff + (u.bits >> 16 & 1)) & 0xffff0000;
	return x == x ? u.real : x;
}

/* Bytes of one element. */
size_t tensor_element_size(const struct tensor *t);

/* Host memory as backend memory, shared by the backends of the host. */
bool host_probe(char *description, size_t size);
void host_close(struct backend *backend);
int host_sync(struct backend *backend, struct error *err);
int host_allocate(struct backend *backend, struct buffer *buffer, size_t size, struct error *err);
void host_release(struct backend *backend, struct buffer *buffer);
void host_read(const struct tensor *t, void *bytes);
void host_write(const struct tensor *t, const void *bytes);

/* The first element of a tensor that lives in host memory. */
static inline void *host_data(const struct tensor *t)
{
	return (char *)t->buffer->memory + t->offset;
}

extern const struct backend_type backend_ref, backend_ref64, backend_cpu;

/* The operations of ref in float, from which other backends of the host start. */
extern const struct backend_ops ref_ops_f32, ref_ops_f64;

#endif
