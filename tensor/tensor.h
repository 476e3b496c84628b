/* SPDX-License-Identifier: MIT
 *
 * Tensors live on a backend.  A tensor is a small value: a dense, row-major window into one of
 * the backend's buffers.  Nobody above tensor/ looks into a buffer; numbers go in and out by
 * tensor_write and tensor_read.
 *
 * Reals are float on every backend but "ref64", where they are double (for derivatives by
 * differences); integers are int32_t everywhere.
 */
#ifndef TENSOR_TENSOR_H
#define TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#define TENSOR_MAX_RANK 4

enum dtype { DTYPE_REAL, DTYPE_INT };

struct backend;
struct buffer;

struct tensor {
	struct backend *backend;
	struct buffer *buffer; /* NULL while a slab is only being measured, and in no_tensor */
	size_t offset;	       /* bytes from the start of the buffer */
	enum dtype dtype;
	int rank;
	size_t dim[TENSOR_MAX_RANK];
};

/* Stands for "this input or output is not wanted". */
extern const struct tensor no_tensor;
bool tensor_exists(const struct tensor *t);

size_t tensor_size(const struct tensor *t); /* elements */

/* Rows [first, first + n) of a tensor whose first dimension is rows. */
struct tensor tensor_rows(const struct tensor *t, size_t first, size_t n);
/* The same elements under other dimensions. */
struct tensor tensor_as(const struct tensor *t, int rank, const size_t *dim);
struct tensor tensor_as_matrix(const struct tensor *t, size_t rows, size_t columns);
struct tensor tensor_as_vector(const struct tensor *t);

/* Host to backend and back, whole tensor; reals are converted to and from double. */
void tensor_write(const struct tensor *t, const double *values);
void tensor_read(const struct tensor *t, double *values);
void tensor_write_ints(const struct tensor *t, const int32_t *values);

/* The same bits as they lie in the backend, for what goes on later in the same kind of backend. */
size_t tensor_size_bytes(const struct tensor *t); /* 0 for no_tensor */
void tensor_save(const struct tensor *t, void *bytes);
void tensor_restore(const struct tensor *t, const void *bytes);

/* --- backends --- */

/* What goes into matrix products: reals as they are, or rounded to bfloat16 (to nearest, ties to
 * even) with sums in fp32.  Everything else, and every tensor, is in reals. */
enum precision { PRECISION_FP32, PRECISION_BF16 };

struct backend_options {
	int threads; /* inside an operation, >= 1 */
	enum precision precision;
};

/* Opens the backend called "cpu", "ref" or "ref64"; options NULL: one thread, fp32.  ERR_USAGE for
 * an unknown name, ERR_DEVICE where it is missing here or lacks the precision. */
int backend_open(struct backend **backend, const char *name, const struct backend_options *options,
		 struct error *err);
void backend_close(struct backend *backend); /* NULL is fine */

/* Bytes that such a backend takes for itself, beside tensors and what a BLAS packs; 0 for a name
 * that is unknown. */
size_t backend_memory(const char *name, const struct backend_options *options);

const char *backend_name(const struct backend *backend);
size_t backend_real_size(const struct backend *backend); /* bytes: 4 or 8 */
enum precision backend_precision(const struct backend *backend);

/* Whole pieces of work at once, each on one thread: `lanes` of them on a backend with so many
 * threads, else one after the other.  Calls work(context, i, lane) once for each i < n and returns
 * when all are done; no two at once have the same lane < backend_lanes().  Elementwise operations,
 * reductions and products may be called within; each then runs on its one thread. */
size_t backend_lanes(const struct backend *backend);
void backend_each(struct backend *backend, size_t n,
		  void (*work)(void *context, size_t i, size_t lane), void *context);

/* Operations return nothing; the first failure of a device sticks and is read here, once a
 * step.  Waits until all work is done.  ERR_DEVICE. */
int backend_sync(struct backend *backend, struct error *err);

/* One line on each backend that this program knows: name, whether it is here, what it runs on
 * or why it is missing. */
struct backend_info {
	const char *name;
	bool available;
	char description[256];
};
size_t backend_list(struct backend_info *list, size_t capacity); /* returns how many */

/* The BLAS behind "cpu": name, version, threading model; "none" where there is none. */
void backend_describe_blas(struct text *out);

/* --- slabs: many tensors, one allocation ---
 *
 * The layout function of an owner runs twice: first to measure, then for real.
 *
 *     struct slab slab = {.backend = backend};
 *     layout(&thing, &slab);                      // tensors without memory; sizes add up
 *     if (slab_allocate(&slab, err)) ...          // one zeroed allocation
 *     layout(&thing, &slab);                      // the same calls, now with memory
 *
 * slab_rewind() starts anew in the same memory, for instance for a smaller batch.
 */
struct slab {
	struct backend *backend;
	struct buffer *buffer; /* owned */
	size_t used;	       /* bytes */
	size_t size;	       /* bytes allocated; 0 while measuring */
};

/* Each tensor starts on a 64-byte boundary... */
struct tensor slab_take(struct slab *slab, enum dtype dtype, int rank, const size_t *dim);
struct tensor slab_vector(struct slab *slab, size_t n);
struct tensor slab_matrix(struct slab *slab, size_t rows, size_t columns);
/* ...but this one follows the last without a gap, so that both can be seen as one. */
struct tensor slab_matrix_joined(struct slab *slab, size_t rows, size_t columns);

int slab_allocate(struct slab *slab, struct error *err); /* ERR_NOMEM; rewinds */
void slab_rewind(struct slab *slab);

/* All of an allocated slab that holds nothing but reals, as one vector; no_tensor where it is
 * empty. */
struct tensor slab_whole(const struct slab *slab);

/* A slab of no backend, for layouts that are only measured; reals have 4 bytes. */
struct slab slab_measuring(size_t lanes);
void slab_release(struct slab *slab);

#endif
