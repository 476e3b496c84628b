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
#define MAP_AHEAD_BYTES	 65536	    /* the system maps so much around a page that is read */
#define WINDOW_BYTES	 (4 + 4 + 1 + 8) /* a token of struct windows */

/* The share of a file that is mapped after `pieces` of `bytes` each were read all over it: the
 * system maps groups of pages, and a piece may begin anywhere in one. */
static double mapped_share(double pieces, double bytes, double file_bytes)
{
	return 1 - exp(-pieces * (MAP_AHEAD_BYTES + bytes) / file_bytes);
}

static size_t corpus_bytes(const struct trial *trial)
{
	const struct corpus_facts *corpus = trial->corpus;
	double token = corpus->vocab > MAX_SHORT_TOKENS ? 4 : 2;
	double file = token * (double)corpus->n_tokens;
	double block = token * (double)trial->options.data.block_tokens;
	double held_out = token * (double)(corpus->slice_tokens[CORPUS_VAL] +
					   corpus->slice_tokens[CORPUS_TEST]);
	double documents = 1 + (double)(corpus->slice_documents[CORPUS_VAL] +
					corpus->slice_documents[CORPUS_TEST]);
	double blocks = token * fmin(1, trial->epochs) * (double)corpus->epoch_tokens / block;
	double train = mapped_share(blocks, block, file);
	double rest = corpus->packed ? held_out / file
				     : mapped_share(documents, held_out / documents, file);

	return file > 0 ? (size_t)(file * (1 - (1 - train) * (1 - rest))) : 0;
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

static size_t program_bytes(const struct trial *trial)
{
	double windows = WINDOW_BYTES * (double)trial->options.train.micro_batch_tokens;

	return (size_t)(PROGRAM_BYTES + windows + packed_bytes(trial));
}

struct peak_memory peak_memory(const struct trial *trial)
{
	const struct model_config *config = &trial->options.model;
	size_t sequences = (size_t)(trial->options.train.micro_batch_tokens / config->context);
	struct model_memory model = model_memory(config, sequences);
	struct optimizer_memory optimizer =
		optimizer_memory(trial->optimizer, trial->optimizer_options, &trial->model->params);

	return (struct peak_memory){
		.params = model.params + model.constants,
		.optimizer = optimizer.state + optimizer.work,
		.activations = model.activations,
		.corpus = corpus_bytes(trial),
		.program = program_bytes(trial),
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
