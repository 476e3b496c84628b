/* SPDX-License-Identifier: MIT
 *
 * Entropies of bytes given up to two bytes before, from counts of all triples: the chain
 * rule H(x | y) = H(x, y) - H(y).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/corpus_impl.h"

#define TRIPLES ((size_t)1 << 24)

static void count_triples(const struct token_file *file, uint32_t *counts)
{
	uint32_t context = 0;
	uint64_t seen = 0;

	for (uint64_t i = 0; i < file->n_tokens; i++) {
		int32_t token = token_at(file->tokens, file->token_bytes, i);

		if (token == file->eot)
			continue;
		context = (context << 8 | (uint32_t)token) & (TRIPLES - 1);
		if (++seen >= 3)
			counts[context]++;
	}
}

/* -sum p log2 p of n counts, where each is the sum of `group` neighbours. */
static double entropy(const uint32_t *counts, size_t group)
{
	double total = 0, sum = 0;

	for (size_t i = 0; i < TRIPLES; i += group) {
		double count = 0;

		for (size_t j = 0; j < group; j++)
			count += counts[i + j];
		total += count;
		sum += count > 0 ? count * log2(count) : 0;
	}
	return total > 0 ? log2(total) - sum / total : 0;
}

int corpus_entropies(const struct corpus *corpus, double entropies[3], struct error *err)
{
	uint32_t *counts;
	double one, two, three;

	for (int i = 0; i < 3; i++)
		entropies[i] = (double)NAN;
	if (strcmp(corpus->facts.tokenizer, "bytes") != 0)
		return 0;
	counts = calloc(TRIPLES, sizeof(*counts));
	if (!counts)
		return error_set(err, ERR_NOMEM, "no memory for the entropies of '%s'",
				 corpus->facts.name);
	for (size_t i = 0; i < corpus->n_files; i++)
		count_triples(&corpus->files[i], counts);
	one = entropy(counts, 1 << 16);
	two = entropy(counts, 1 << 8);
	three = entropy(counts, 1);
	free(counts);
	entropies[0] = one;
	entropies[1] = two - one;
	entropies[2] = three - two;
	return 0;
}
