/* SPDX-License-Identifier: MIT */
#include "tests/math_lanes.h"

#include "tensor/cpu/cpu_kernels.h"
#include "tensor/cpu/cpu_math.h"

#define LANE(name)                            \
	static float name##_lane(float x)     \
	{                                     \
		return name(vec_splat(x))[0]; \
	}
LANE(vec_exp_between)
LANE(vec_exp2)
LANE(vec_sigmoid)
LANE(vec_log)

const struct math_lanes VARIANT(math_lanes) = {{
	[LANE_EXP] = vec_exp_between_lane,
	[LANE_EXP2] = vec_exp2_lane,
	[LANE_SIGMOID] = vec_sigmoid_lane,
	[LANE_LOG] = vec_log_lane,
}};
