/* SPDX-License-Identifier: MIT
 *
 * Inputs and outputs are apart, and one layer's memory serves all layers.
 */
#include "cmd/bench_products.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/order.h"
#include "cmd/bench_heads.h"
#include "tensor/ops.h"

#define LARGE	     1024
#define SMALL_NUMBER 0.01 /* what the inputs are filled with */

/* y = x W^T with its gradients. */
struct linear {
	struct tensor x, w, dy;	 /* inputs (N,in) (out,in) (N,out) */
	struct tensor y, dx, dw; /* outputs, likewise */
};

struct bench_products {
	const struct bench_config *config;
	struct slab inputs, outputs;
	struct linear qkv, attn_o, gate_up, mlp_down, head;
	struct bench_heads heads;
	struct tensor large[3];
};

static struct linear take_linear(struct bench_products *p, size_t n, size_t in, size_t out)
{
	struct linear l;

	l.x = slab_matrix(&p->inputs, n, in);
	l.w = slab_matrix(&p->inputs, out, in);
	l.dy = slab_matrix(&p->inputs, n, out);
	l.y = slab_matrix(&p->outputs, n, out);
	l.dx = slab_matrix(&p->outputs, n, in);
	l.dw = slab_matrix(&p->outputs, out, in);
	return l;
}

static void layout_attention(struct bench_products *p)
{
	const struct model_config *model = &p->config->model;
	size_t d = (size_t)model->head_dim, t = (size_t)model->context;
	size_t rows = (size_t)(p->config->sequences * model->d_model / model->head_dim) * t;

	p->heads = (struct bench_heads){
		.q = slab_matrix(&p->inputs, rows, d),
		.k = slab_matrix(&p->inputs, rows, d),
		.v = slab_matrix(&p->inputs, rows, d),
		.dy = slab_matrix(&p->inputs, rows, d),
		.y = slab_matrix(&p->outputs, rows, d),
		.dq = slab_matrix(&p->outputs, rows, d),
		.dk = slab_matrix(&p->outputs, rows, d),
		.dv = slab_matrix(&p->outputs, rows, d),
		.weights = slab_vector(&p->inputs, BENCH_QUERIES * t),
		.scores = slab_vector(&p->outputs, BENCH_QUERIES * t),
	};
}

static void layout(struct bench_products *p)
{
	const struct model_config *model = &p->config->model;
	size_t n = (size_t)(p->config->sequences * model->context), c = (size_t)model->d_model;
	size_t f = (size_t)model->ffn_hidden, v = (size_t)model->vocab;

	p->qkv = take_linear(p, n, c, 3 * c);
	p->attn_o = take_linear(p, n, c, c);
	p->gate_up = take_linear(p, n, c, 2 * f);
	p->mlp_down = take_linear(p, n, f, c);
	p->head = take_linear(p, model_head_rows(model, n), c, v);
	layout_attention(p);
	p->large[0] = slab_matrix(&p->outputs, LARGE, LARGE);
	p->large[1] = slab_matrix(&p->inputs, LARGE, LARGE);
	p->large[2] = slab_matrix(&p->inputs, LARGE, LARGE);
}

static void fill(struct slab *slab)
{
	struct tensor all = {.backend = slab->backend, .buffer = slab->buffer, .rank = 1};

	all.dim[0] = slab->size / backend_real_size(slab->backend);
	op_fill(&all, SMALL_NUMBER);
}

int bench_products_new(struct bench_products **products, const struct bench_config *config,
		       struct backend *backend, struct error *err)
{
	struct bench_products *p = xcalloc(1, sizeof(*p));
	int result;

	p->config = config;
	p->inputs.backend = p->outputs.backend = backend;
	layout(p);
	if ((result = slab_allocate(&p->inputs, err)) ||
	    (result = slab_allocate(&p->outputs, err))) {
		bench_products_free(p);
		return result;
	}
	layout(p);
	fill(&p->inputs);
	*products = p;
	return 0;
}

void bench_products_free(struct bench_products *products)
{
	if (!products)
		return;
	slab_release(&products->inputs);
	slab_release(&products->outputs);
	free(products);
}

static void run_linear(const struct linear *l)
{
	op_matmul(&l->y, &l->x, PLAIN, &l->w, TRANSPOSED, 1, 0);
	op_matmul(&l->dw, &l->dy, TRANSPOSED, &l->x, PLAIN, 1, 1);
	op_matmul(&l->dx, &l->dy, PLAIN, &l->w, PLAIN, 1, 0);
}

/* The first n rows of a chunk. */
static void run_head(const struct linear *head, size_t n)
{
	struct linear rows = *head;

	rows.x = tensor_rows(&head->x, 0, n);
	rows.dy = tensor_rows(&head->dy, 0, n);
	rows.y = tensor_rows(&head->y, 0, n);
	rows.dx = tensor_rows(&head->dx, 0, n);
	run_linear(&rows);
}

void bench_products_step(struct bench_products *p)
{
	const struct model_config *model = &p->config->model;
	size_t n = (size_t)(p->config->sequences * model->context);
	size_t chunk = p->head.x.dim[0];

	for (int64_t i = 0; i < model->n_layers; i++) {
		run_linear(&p->qkv);
		bench_heads_run(&p->heads, (size_t)model->context);
		run_linear(&p->attn_o);
		run_linear(&p->gate_up);
		run_linear(&p->mlp_down);
	}
	for (size_t first = 0; first < n; first += chunk)
		run_head(&p->head, size_smaller(chunk, n - first));
}

double bench_products_large(struct bench_products *p, double seconds)
{
	double start = clock_s(), elapsed, n = 0;

	do {
		op_matmul(&p->large[0], &p->large[1], PLAIN, &p->large[2], PLAIN, 1, 0);
		elapsed = clock_s() - start;
		n++;
	} while (elapsed < seconds);
	return 2e-9 * LARGE * LARGE * LARGE * n / elapsed;
}
