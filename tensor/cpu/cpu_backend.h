/* SPDX-License-Identifier: MIT
 *
 * Shared by the files of the cpu backend.
 */
#ifndef TENSOR_CPU_CPU_BACKEND_H
#define TENSOR_CPU_CPU_BACKEND_H

#include "tensor/backend_impl.h"
#include "tensor/cpu/cpu_threads.h"
#include "tensor/cpu/bf16.h"

/* Attention works on blocks of so many queries and keys... */
#define ATTENTION_QUERIES 32
#define ATTENTION_KEYS	  64
/* ...and on heads up to this width; wider ones are left to ref. */
#define ATTENTION_MAX_WIDTH 256

/* Memory of one block, transposed: queries are the lanes of vectors. */
struct attention_scratch {
	float q[ATTENTION_MAX_WIDTH * ATTENTION_QUERIES];   /* (D, queries) */
	float dy[ATTENTION_MAX_WIDTH * ATTENTION_QUERIES];  /* (D, queries) */
	float out[ATTENTION_MAX_WIDTH * ATTENTION_QUERIES]; /* y or dq, (D, queries) */
	float p[ATTENTION_KEYS * ATTENTION_QUERIES];	    /* (keys, queries) */
	float dp[ATTENTION_KEYS * ATTENTION_QUERIES];	    /* (keys, queries) */
	float largest[ATTENTION_QUERIES], sum[ATTENTION_QUERIES], rescale[ATTENTION_QUERIES];
};

/* Sums that several parts of an operation make are kept apart up to this length. */
#define CPU_PARTIAL_MAX 8192

/* Copies that the products of kernel_gemm.c make: of the left matrix a block of rows, of the right
 * one as many columns as fit. */
#define GEMM_INNER 384		/* of the inner size at a time */
#define GEMM_RIGHT (256 * 1024) /* elements */

struct gemm_scratch {
	_Alignas(64) float right[GEMM_RIGHT];
	_Alignas(64) float left[16 * (GEMM_INNER + 16)];
	_Alignas(64) float edge[16 * 32]; /* a block of c */
};

/* What a thread needs for itself while it computes. */
struct cpu_scratch {
	struct attention_scratch attention;
	struct gemm_scratch gemm;
	float partial[CPU_PARTIAL_MAX];
	double partial_sum;
	union bf16_room *bf16; /* NULL unless the backend is open in bf16 */
};

/* c(m,n) = alpha op(a) op(b) + beta c with the inner size k; windows of row-major matrices.  With
 * beta = 0 what was in c does not matter.  c overlaps neither a nor b. */
struct product {
	size_t m, n, k;
	float alpha, beta;
	const float *a, *b;
	float *c;
	size_t a_row, b_row, c_row; /* elements from one row to the next, as they are stored */
	bool a_transposed, b_transposed;
};

/* What op_matmul() asks for. */
struct product product_of(const struct tensor *c, const struct tensor *a, enum transpose ta,
			  const struct tensor *b, enum transpose tb, double alpha, double beta);

/* backend->state of cpu. */
struct cpu_state {
	/* A product on the calling thread, in the backend's precision. */
	void (*multiply)(const struct product *p, struct cpu_scratch *scratch);
	struct cpu_scratch *scratch; /* one per thread */
	struct cpu_threads *threads; /* NULL: one */
	struct backend_ops serial;   /* what the kernels do, on the calling thread */
	union bf16_room *bf16;	     /* likewise, or NULL */
};

/* The calling thread's own. */
struct cpu_scratch *cpu_scratch(const struct backend *backend);

/* A product on all threads of the backend (cpu_split.c). */
void cpu_multiply(const struct backend *backend, const struct product *p);

/* The part of a product that makes c[row.., column..] of size m x n. */
struct product product_window(const struct product *p, size_t row, size_t m, size_t column,
			      size_t n);

/* A product on the calling thread, by the BLAS. */
void blas_multiply(const struct product *p, struct cpu_scratch *scratch);

void cpu_matmul(const struct tensor *c, const struct tensor *a, enum transpose ta,
		const struct tensor *b, enum transpose tb, double alpha, double beta);

/* Half of a symmetric product, mirrored. */
void cpu_gram(const struct tensor *c, const struct tensor *a, enum transpose ta, double alpha,
	      double beta);
void cpu_matmul_commuting(const struct tensor *c, const struct tensor *a, const struct tensor *b);

/* Puts those operations into the table that run in parts on the threads of the backend
 * (cpu_parallel.c; of heads: cpu_parallel_heads.c). */
void cpu_parallel_install(struct backend_ops *ops);
void cpu_parallel_install_heads(struct backend_ops *ops);

/* The BLAS computes on the thread that calls it, where it can be told; to be called in each. */
void blas_use_one_thread(void);

/* Around every call of the BLAS: where it may not be called by several threads at once, one waits
 * for the other. */
void blas_begin(void);
void blas_end(void);

/* --- variants of the kernels --- */

struct cpu_variant {
	const char *name; /* "x86-64-v4-amx", .. "baseline" */
	bool (*supported)(void);
	bool (*preferred)(void); /* over the plainer ones, where it is supported */
	void (*install)(struct backend_ops *ops);
	/* Products in fp32: by its own kernels or the BLAS, and by its own alone. */
	void (*multiply)(const struct product *p, struct cpu_scratch *scratch);
	void (*gemm)(const struct product *p, struct cpu_scratch *scratch);
	void (*multiply_bf16)(const struct product *p, struct cpu_scratch *scratch);
	const char *bf16; /* what multiplies there */
};

/* From the fastest to the plainest, which runs everywhere; ends with a NULL name. */
extern const struct cpu_variant cpu_variants[];

/* The fastest that runs here, or the one that the environment names in MUON_SWEEP_CPU; NULL
 * where it names none that runs here. */
const struct cpu_variant *cpu_variant_choose(void);

#endif
