/* SPDX-License-Identifier: MIT
 *
 * Four tile registers of 16 x 16 sums; the other four hold 32 rows of a and 32 columns of b.  The
 * configuration of the tiles belongs to the thread, and is given back with the product: a thread
 * that has none is cheaper to switch.
 */
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tensor/cpu/x86/bf16_panels.h"

#define ROWS	   32
#define TILE_BYTES 64 /* of a row of a tile: 16 floats, or 16 pairs */
#define TILE_ROWS  16
#define B_STRIDE   (PANEL_COLUMNS * sizeof(uint32_t))

/* Linux, asm/prctl.h and asm/fpu/types.h */
#define ARCH_REQ_XCOMP_PERM 0x1023
#define XFEATURE_XTILEDATA  18

/* Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 18.3 */
struct tile_configuration {
	uint8_t palette, start_row, reserved[14];
	uint16_t row_bytes[16];
	uint8_t rows[16];
};

bool amx_supported(void)
{
	const unsigned amx_bf16 = 1u << 22, amx_tile = 1u << 24;
	unsigned eax, ebx, ecx, edx;

	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (edx & amx_bf16) &&
	       (edx & amx_tile) &&
	       syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}

static void configure_tiles(void)
{
	struct tile_configuration configuration = {.palette = 1};

	for (size_t i = 0; i < 8; i++) {
		configuration.row_bytes[i] = TILE_BYTES;
		configuration.rows[i] = TILE_ROWS;
	}
	_tile_loadconfig(&configuration);
}

static void multiply(float *c, size_t c_row, const uint32_t *a, const uint32_t *b, size_t groups,
		     size_t used, bool add)
{
	size_t stride = c_row * sizeof(*c);

	(void)used;
	if (add) {
		_tile_loadd(0, c, stride);
		_tile_loadd(1, c + 16, stride);
		_tile_loadd(2, c + 16 * c_row, stride);
		_tile_loadd(3, c + 16 * c_row + 16, stride);
	} else {
		_tile_zero(0);
		_tile_zero(1);
		_tile_zero(2);
		_tile_zero(3);
	}
	for (size_t group = 0; group < groups; group++) {
		_tile_loadd(4, a, TILE_BYTES);
		_tile_loadd(6, b, B_STRIDE);
		_tile_loadd(7, b + 16, B_STRIDE);
		_tile_loadd(5, a + TILE_ROWS * PAIRS, TILE_BYTES);
		_tile_dpbf16ps(0, 4, 6);
		_tile_dpbf16ps(1, 4, 7);
		_tile_dpbf16ps(2, 5, 6);
		_tile_dpbf16ps(3, 5, 7);
		a += ROWS * PAIRS;
		b += PANEL_COLUMNS * PAIRS;
	}
	_tile_stored(0, c, stride);
	_tile_stored(1, c + 16, stride);
	_tile_stored(2, c + 16 * c_row, stride);
	_tile_stored(3, c + 16 * c_row + 16, stride);
}

static const struct bf16_kernel kernel = {.rows = ROWS, .multiply = multiply};

void bf16_multiply_amx(const struct product *p, struct cpu_scratch *scratch)
{
	configure_tiles();
	bf16_multiply_with(&kernel, p, &scratch->bf16->packed);
	_tile_release();
}
