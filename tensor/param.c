/* SPDX-License-Identifier: MIT */
#include "tensor/param.h"

#include <assert.h>

static const struct {
	const char *name;
	enum param_group group;
} roles[N_PARAM_ROLES] = {
#define X(role, group_name) [ROLE_##role] = {#role, GROUP_##group_name},
	PARAM_ROLES(X)
#undef X
};

static const char *const groups[N_PARAM_GROUPS] = {
	[GROUP_HIDDEN] = "hidden",
	[GROUP_EMBEDDING] = "embedding",
	[GROUP_HEAD] = "head",
	[GROUP_NORM] = "norm",
};

const char *param_role_name(enum param_role role)
{
	assert(role < N_PARAM_ROLES);
	return roles[role].name;
}

enum param_group param_role_group(enum param_role role)
{
	assert(role < N_PARAM_ROLES);
	return roles[role].group;
}

const char *param_group_name(enum param_group group)
{
	assert(group < N_PARAM_GROUPS);
	return groups[group];
}
