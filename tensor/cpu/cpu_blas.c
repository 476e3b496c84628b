/* SPDX-License-Identifier: MIT
 *
 * What is known of the BLAS.  Its own functions are weak symbols, so that the program links with
 * any CBLAS and uses them where OpenBLAS is behind it.
 */
#include <pthread.h>

#include "tensor/cpu/cpu_backend.h"

#pragma weak openblas_set_num_threads
#pragma weak openblas_get_config
#pragma weak openblas_get_corename
#pragma weak openblas_get_parallel
void openblas_set_num_threads(int threads);
char *openblas_get_config(void);
char *openblas_get_corename(void);
int openblas_get_parallel(void);

void blas_use_one_thread(void)
{
	if (openblas_set_num_threads)
		openblas_set_num_threads(1);
}

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* OpenBLAS built for one thread guards its buffers only if it was built with USE_LOCKING, which
 * it does not tell; built for several it always does. */
static bool may_be_unguarded(void)
{
	return openblas_get_parallel && openblas_get_parallel() == 0;
}

void blas_begin(void)
{
	if (may_be_unguarded())
		pthread_mutex_lock(&one_at_a_time);
}

void blas_end(void)
{
	if (may_be_unguarded())
		pthread_mutex_unlock(&one_at_a_time);
}

static const char *threading(int parallel)
{
	static const char *const names[] = {"one thread", "pthreads", "OpenMP"};

	return parallel >= 0 && parallel < 3 ? names[parallel] : "unknown threads";
}

/* openblas_get_config() begins with "OpenBLAS 0.3.21 ", options follow. */
void backend_describe_blas(struct text *out)
{
	const char *config;
	int words = 0;

	if (!openblas_get_config || !openblas_get_corename || !openblas_get_parallel) {
		text_add(out, "CBLAS of unknown make");
		return;
	}
	for (config = openblas_get_config(); *config; config++) {
		if (*config == ' ' && ++words == 2)
			break;
		text_printf(out, "%c", *config);
	}
	text_printf(out, ", %s, %s", threading(openblas_get_parallel()), openblas_get_corename());
}
