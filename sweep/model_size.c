/* SPDX-License-Identifier: MIT */
#include "sweep/model_size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_D_MODEL  65536
#define MAX_N_LAYERS 1024

static void sized_model_free(struct sized_model *m)
{
	param_list_release(&m->params);
	free(m);
}

void model_sizes_release(struct model_sizes *sizes)
{
	for (size_t i = 0; i < sizes->n; i++)
		sized_model_free(sizes->items[i]);
	free(sizes->items);
	*sizes = (struct model_sizes){0};
}

bool shape_parse(const char *shape, int64_t *d_model, int64_t *n_layers)
{
	char *end;

	if (shape[0] < '1' || shape[0] > '9')
		return false;
	*d_model = strtoll(shape, &end, 10);
	if (*end != 'x' || end[1] < '1' || end[1] > '9')
		return false;
	*n_layers = strtoll(end + 1, &end, 10);
	return *end == '\0' && *d_model <= MAX_D_MODEL && *n_layers <= MAX_N_LAYERS;
}

/* The widest whole number of heads nearest to the aspect. */
static int64_t width_for(const struct model_config *config, double aspect, int64_t n_layers)
{
	double heads = round(aspect * (double)n_layers / (double)config->head_dim);

	return (int64_t)fmax(1, heads) * config->head_dim;
}

static int find_nearest(const struct sized_model *m, struct model_config *best, struct error *err)
{
	double nearest = HUGE_VAL, params = 0, best_params = 0;
	struct error ignored = ERROR_INIT;

	for (int64_t n = 1; n <= MAX_N_LAYERS && params < m->size.params; n++) {
		struct model_config config = m->asked;
		double distance;

		config.n_layers = n;
		config.d_model = width_for(&config, m->size.aspect, n);
		if (config.d_model > MAX_D_MODEL)
			break;
		if (model_config_resolve(&config, &ignored))
			continue;
		params = model_costs(&config).params;
		distance = fabs(log(params / m->size.params));
		if (distance < nearest) {
			nearest = distance;
			best_params = params;
			*best = config;
		}
	}
	if (isinf(nearest))
		return error_set(err, ERR_USAGE, "'params' has no size: %s", ignored.text);
	if (nearest > log(2))
		return error_set(
			err, ERR_USAGE,
			"'params' %g: the nearest size with aspect %g, %lldx%lld, has %.0f; "
			"change 'aspect' or 'head_dim'",
			m->size.params, m->size.aspect, (long long)best->d_model,
			(long long)best->n_layers, best_params);
	return 0;
}

static int64_t most_sequences(const struct model_config *config)
{
	int64_t n = MICRO_BATCH_TOKENS / config->context;

	while (n > 1 && model_memory(config, (size_t)n).activations > MICRO_BATCH_BYTES)
		n--;
	return n > 1 ? n : 1;
}

static int resolve(struct sized_model *m, struct error *err)
{
	int result;

	m->config = m->asked;
	if (m->size.params > 0) {
		result = find_nearest(m, &m->config, err);
	} else {
		if (!shape_parse(m->size.shape, &m->config.d_model, &m->config.n_layers))
			return error_set(err, ERR_USAGE,
					 "'size' must be d_model x n_layers such as 64x2, not '%s'",
					 m->size.shape);
		result = model_config_resolve(&m->config, err);
	}
	if (result)
		return result;
	m->costs = model_costs(&m->config);
	model_params_describe(&m->config, &m->params);
	m->most_sequences = most_sequences(&m->config);
	return 0;
}

static bool is_same(const struct sized_model *m, const struct model_config *config,
		    const struct size_options *size)
{
	if (memcmp(&m->asked, config, sizeof(*config)) != 0 || m->size.params != size->params ||
	    m->size.aspect != size->aspect)
		return false;
	return size->params > 0 || strcmp(m->size.shape, size->shape) == 0;
}

int model_sizes_find(struct model_sizes *sizes, const struct model_config *config,
		     const struct size_options *size, const struct sized_model **found,
		     struct error *err)
{
	struct sized_model *m;
	int result;

	for (size_t i = 0; i < sizes->n; i++)
		if (is_same(sizes->items[i], config, size)) {
			*found = sizes->items[i];
			return 0;
		}
	m = xcalloc(1, sizeof(*m));
	memcpy(&m->asked, config, sizeof(*config));
	m->size = *size;
	result = resolve(m, err);
	if (result) {
		sized_model_free(m);
		return result;
	}
	sizes->items =
		grow_array(sizes->items, &sizes->capacity, sizes->n + 1, sizeof(*sizes->items));
	sizes->items[sizes->n++] = m;
	*found = m;
	return 0;
}
