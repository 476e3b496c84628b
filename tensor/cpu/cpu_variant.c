/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "tensor/cpu/cpu_backend.h"

/* CPU_X86_LEVELS, CPU_X86_BF16: the compiler knows these instructions (Makefile). */

/* What the kernels export of one variant. */
#define DECLARE(variant)                                                               \
	void install_kernels_##variant(struct backend_ops *ops);                       \
	void multiply_##variant(const struct product *p, struct cpu_scratch *scratch); \
	void gemm_##variant(const struct product *p, struct cpu_scratch *scratch);
#define KERNELS(variant) install_kernels_##variant, multiply_##variant, gemm_##variant

DECLARE(baseline)

static bool always(void)
{
	return true;
}

#ifdef CPU_X86_LEVELS
DECLARE(v4)
DECLARE(v3)

/* What the compilers mean by -march=x86-64-v3, as far as it can be asked for. */
static bool supports_v3(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
	       __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

static bool supports_v4(void)
{
	return supports_v3() && __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
	       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

#endif

#ifdef CPU_X86_BF16
static bool supports_bf16(void)
{
	return supports_v4() && __builtin_cpu_supports("avx512bf16");
}

/* On AMD twice as fast as fp32; on Intel a vdpbf16ps takes as long as two to four fp32 FMAs, for
 * the work of two. */
static bool has_fast_bf16(void)
{
	return __builtin_cpu_is("amd");
}

static bool supports_amx(void)
{
	return supports_bf16() && amx_supported();
}
#endif

const struct cpu_variant cpu_variants[] = {
#ifdef CPU_X86_BF16
	{"x86-64-v4-amx", supports_amx, always, KERNELS(v4), bf16_multiply_amx, "AMX"},
	{"x86-64-v4-bf16", supports_bf16, has_fast_bf16, KERNELS(v4), bf16_multiply_avx512,
	 "AVX512-BF16"},
#endif
#ifdef CPU_X86_LEVELS
	{"x86-64-v4", supports_v4, always, KERNELS(v4), bf16_multiply_rounded, "fp32"},
	{"x86-64-v3", supports_v3, always, KERNELS(v3), bf16_multiply_rounded, "fp32"},
#endif
	{"baseline", always, always, KERNELS(baseline), bf16_multiply_rounded, "fp32"},
	{.name = NULL},
};

const struct cpu_variant *cpu_variant_choose(void)
{
	const char *wanted = getenv("MUON_SWEEP_CPU");

	for (const struct cpu_variant *v = cpu_variants; v->name; v++)
		if (v->supported() && (wanted ? strcmp(wanted, v->name) == 0 : v->preferred()))
			return v;
	return NULL;
}
