/* SPDX-License-Identifier: MIT */
#include "cmd/run_jobs.h"

#include "base/cores.h"
#include "base/log.h"
#include "base/machine_memory.h"
#include "base/text.h"
#include "sweep/memory_jobs.h"

void run_jobs_by_cores(struct run_options *o)
{
	if (o->jobs == 0)
		o->jobs = cores_jobs((int)o->threads);
}

void run_jobs_warn(const struct run_options *o, size_t n_trials)
{
	size_t jobs = (size_t)o->jobs < n_trials ? (size_t)o->jobs : n_trials;
	int cores = cores_allowed();

	if (jobs * (size_t)o->threads > (size_t)cores)
		log_warn("%zu trial%s of %lld thread%s share%s %d core%s", jobs,
			 jobs == 1 ? "" : "s", (long long)o->threads, o->threads == 1 ? "" : "s",
			 jobs == 1 ? "s" : "", cores, cores == 1 ? "" : "s");
}

void run_jobs_by_memory(struct run_options *o, const struct sweep *sweep)
{
	size_t available = memory_available();
	int jobs = (int)o->jobs;
	int fit = available ? memory_jobs(sweep, jobs, (int)o->threads, available) : jobs;
	char need[SHORT_TEXT], have[SHORT_TEXT];

	if (fit >= jobs)
		return;
	format_bytes(need, (double)memory_of_jobs(sweep, jobs, (int)o->threads));
	format_bytes(have, (double)available);
	if (o->jobs_given) {
		log_warn("%d trials at once may need %s of memory and %s is free here; --jobs %d "
			 "would fit",
			 jobs, need, have, fit);
		return;
	}
	log_warn("%d trials at once instead of %d, which may need %s of memory where %s is free; "
		 "--jobs decides otherwise",
		 fit, jobs, need, have);
	o->jobs = fit;
}
