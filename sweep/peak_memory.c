/* SPDX-License-Identifier: MIT
 *
 * Estimated, and checked against what the system says of processes (tests/test_peak_memory.c):
 * the program with its libraries, the BLAS's packed operands, and the pages of the corpus.
 */
#include "sweep/peak_memory.h"

#include <math.h>

#define PROGRAM_BYTES	 (7u << 20) /* code, libraries and what they take at their start */
#define PACKED_INNER	 320	    /* of the inner size of a product, OpenBLAS packs so much */
#define PACKED_ROWS	 640	    /* ...of so many rows of one operand and all of the other */
#define MAX_SHORT_TOKENS 65536	    /* token files keep larger vocabularies in 4 bytes */
#define MAP_AHEAD_BYTES	 262144	    /* the system maps about so much around what is read */
#define DOCUMENT_BYTES	 100	    /* of lists, for one that is held out */
#define WINDOW_BYTES	 (4 + 4 + 1 + 8) /* a token of struct windows */

/* What is read at a time, by blocks of a micro-batch and by the bytes of a held-out set: pages are
 * let go after that (models/corpus_stream.c). */
static size_t corpus_bytes(const struct trial *trial)
{
	const struct corpus_facts *corpus = trial->corpus;
	double token = corpus->vocab > MAX_SHORT_TOKENS ? 4 : 2;
	double block = (double)trial->options.data.block_tokens;
	double blocks = 1 + (double)trial->options.train.micro_batch_tokens / block;
	double held_out = token * (double)corpus->slice_tokens[CORPUS_VAL];
	double documents = (double)(corpus->slice_documents[CORPUS_VAL] +
				    corpus->slice_documents[CORPUS_TEST]);

	double mapped = fmin(blocks * (MAP_AHEAD_BYTES + token * block) + held_out,
			     token * (double)corpus->n_tokens);

	return (size_t)(mapped + DOCUMENT_BYTES * documents);
}

/* The widest operand of the model's products, as it is packed. */
static double packed_bytes(const struct trial *trial)
{
	const struct model_config *model = &trial->options.model;
	double tokens = (double)trial->options.train.micro_batch_tokens;
	double width = (double)model->d_model, hidden = 2 * (double)model->ffn_hidden;
	double inner = fmin(width, PACKED_INNER);
	double widest = fmax(tokens * inner, hidden * fmin(tokens, PACKED_INNER));

	return sizeof(float) * (widest + PACKED_ROWS * inner);
}

static size_t program_bytes(const struct trial *trial, int threads)
{
	const struct train_options *train = &trial->options.train;
	const struct backend_options options = {threads, (enum precision)train->precision};
	double windows = WINDOW_BYTES * (double)train->micro_batch_tokens;

	return backend_memory(backend_choices[train->backend].name, &options) +
	       (size_t)(PROGRAM_BYTES + windows + packed_bytes(trial));
}

struct peak_memory peak_memory(const struct trial *trial, int threads)
{
	const struct model_config *config = &trial->options.model;
	size_t sequences = (size_t)(trial->options.train.micro_batch_tokens / config->context);
	struct model_memory model = model_memory(config, sequences);
	struct optimizer_memory optimizer = optimizer_memory(
		trial->optimizer, trial->optimizer_options, &trial->model->params, (size_t)threads);

	return (struct peak_memory){
		.params = model.params + model.constants,
		.optimizer = optimizer.state + optimizer.work,
		.checkpoint = model.params / 2 + optimizer.state, /* no gradients */
		.activations = model.activations,
		.corpus = corpus_bytes(trial),
		.program = program_bytes(trial, threads),
	};
}

size_t peak_memory_sum(const struct peak_memory *peak)
{
	size_t sum = 0;

#define X(part) sum += peak->part;
	PEAK_MEMORY_PARTS(X)
#undef X
	return sum;
}

bool peak_memory_is_beyond_target(const struct peak_memory *peak)
{
	return peak->activations > MICRO_BATCH_BYTES;
}
