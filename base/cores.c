/* SPDX-License-Identifier: MIT */
#include "base/cores.h"

int cores_allowed(void)
{
	cpu_set_t allowed;

	return sched_getaffinity(0, sizeof(allowed), &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}

int cores_jobs(int threads)
{
	int jobs = cores_allowed() / threads;

	return jobs > 1 ? jobs : 1;
}

int cores_at_once(int jobs, size_t n_trials)
{
	if ((size_t)jobs > n_trials)
		jobs = (int)n_trials;
	return jobs > 1 ? jobs : 1;
}

bool cores_share(int slot, int jobs, int threads, cpu_set_t *share)
{
	int first = slot * threads, seen = 0;
	cpu_set_t allowed;

	CPU_ZERO(share);
	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0 ||
	    CPU_COUNT(&allowed) != jobs * threads)
		return false;
	for (int core = 0; core < CPU_SETSIZE; core++) {
		if (!CPU_ISSET(core, &allowed))
			continue;
		if (seen >= first && seen < first + threads)
			CPU_SET(core, share);
		seen++;
	}
	return true;
}
