/* SPDX-License-Identifier: MIT */
#include "cmd/sweep_store.h"

#include "base/log.h"
#include "sweep/register.h"

void sweep_tell(const struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->n_dropped; i++)
		log_info("%zu cell%s dropped: %s", sweep->dropped[i].n,
			 sweep->dropped[i].n == 1 ? "" : "s", sweep->dropped[i].reason);
	for (size_t i = 0; i < sweep->n_warnings; i++)
		log_warn("%s", sweep->warnings[i]);
}

static int check_leak(const struct trial *trial, void *context, struct error *err)
{
	const enum corpus_slice slices[] = {CORPUS_VAL, CORPUS_TEST};
	struct corpus *corpus;
	double share;
	int result = corpus_open(&corpus, &trial->options.data, err);

	(void)context;
	if (result)
		return result;
	for (size_t i = 0; i < ARRAY_SIZE(slices) && !result; i++) {
		result = corpus_leak(corpus, slices[i], &share, err);
		if (!result)
			result = corpus_refuse_leak(corpus, share, trial->options.data.allow_leak,
						    err);
	}
	corpus_close(corpus);
	return result;
}

int sweep_check_corpora(const struct sweep *sweep, struct error *err)
{
	return sweep_each_corpus(sweep, check_leak, NULL, err);
}
