/* SPDX-License-Identifier: MIT
 *
 * One lane of each function of tensor/cpu/cpu_math.h, as every variant of the instruction set
 * compiles it: math_lanes.c is compiled once per variant, as kernels are.
 */
#ifndef TESTS_MATH_LANES_H
#define TESTS_MATH_LANES_H

enum math_function { LANE_EXP, LANE_EXP2, LANE_SIGMOID, LANE_LOG, N_MATH_FUNCTIONS };

struct math_lanes {
	float (*of[N_MATH_FUNCTIONS])(float x);
};

extern const struct math_lanes math_lanes_baseline;
#ifdef CPU_X86_LEVELS
extern const struct math_lanes math_lanes_v3, math_lanes_v4;
#endif

#endif
