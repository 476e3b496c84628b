/* SPDX-License-Identifier: MIT
 *
 * A source that is a list.
 */
#include "sweep/pool.h"

static enum pool_offer next_of_list(void *context, double room_s, const struct pool_job **job)
{
	struct pool_list *list = context;

	if (list->next == list->n)
		return POOL_END;
	if (list->jobs[list->next].cost > room_s)
		return POOL_TOO_LONG;
	*job = &list->jobs[list->next++];
	return POOL_JOB;
}

static void forget_end(void *context, const struct pool_job *job, const struct pool_end *end)
{
	(void)context, (void)job, (void)end;
}

struct pool_source pool_list_source(struct pool_list *list)
{
	return (struct pool_source){list, next_of_list, forget_end};
}
