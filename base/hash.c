/* SPDX-License-Identifier: MIT */
#include "base/hash.h"

#include <stdio.h>
#include <string.h>

static uint64_t rotate_left64(uint64_t x, int n)
{
	return (x << n) | (x >> (64 - n));
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate_left64(v[1], 13) ^ v[0];
	v[0] = rotate_left64(v[0], 32);
	v[2] += v[3];
	v[3] = rotate_left64(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate_left64(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate_left64(v[1], 17) ^ v[2];
	v[2] = rotate_left64(v[2], 32);
}

static void sip_absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

uint64_t hash64(uint64_t purpose, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t v[4] = {0x736f6d6570736575ull ^ purpose, 0x646f72616e646f6dull,
			 0x6c7967656e657261ull ^ purpose, 0x7465646279746573ull};
	uint64_t word;
	size_t i;

	for (i = 0; i + 8 <= size; i += 8) {
		memcpy(&word, bytes + i, 8);
		sip_absorb(v, word);
	}
	word = (uint64_t)size << 56;
	for (size_t j = 0; i + j < size; j++)
		word |= (uint64_t)bytes[i + j] << (8 * j);
	sip_absorb(v, word);
	v[2] ^= 0xff;
	for (int turn = 0; turn < 4; turn++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#define CHECKSUM_LANES 8

/* A bijection of either argument, with the other fixed: no change of one word is lost. */
static uint64_t checksum_mix(uint64_t sum, uint64_t word)
{
	return rotate_left64(sum ^ word, 29) * 0x9e3779b97f4a7c15ull;
}

/* Up to 64 bytes; what is missing counts as zeros. */
static void checksum_block(uint64_t lanes[CHECKSUM_LANES], const unsigned char *bytes, size_t size)
{
	uint64_t words[CHECKSUM_LANES] = {0};

	memcpy(words, bytes, size);
	for (int i = 0; i < CHECKSUM_LANES; i++)
		lanes[i] = checksum_mix(lanes[i], words[i]);
}

uint64_t checksum64(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t lanes[CHECKSUM_LANES] = {0}, sum = size;
	size_t done = 0;

	for (; done + sizeof(lanes) <= size; done += sizeof(lanes))
		checksum_block(lanes, bytes + done, sizeof(lanes));
	if (done < size)
		checksum_block(lanes, bytes + done, size - done);
	for (int i = 0; i < CHECKSUM_LANES; i++)
		sum = checksum_mix(sum, lanes[i]);
	return sum ^ (sum >> 32);
}

static const uint32_t sha_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static uint32_t rotate_right(uint32_t x, int n)
{
	return (x >> n) | (x << (32 - n));
}

static void sha_schedule(uint32_t w[64], const unsigned char block[64])
{
	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];
		uint32_t s0 = rotate_right(a, 7) ^ rotate_right(a, 18) ^ (a >> 3);
		uint32_t s1 = rotate_right(b, 17) ^ rotate_right(b, 19) ^ (b >> 10);

		w[i] = w[i - 16] + s0 + w[i - 7] + s1;
	}
}

/* One round; instead of moving the eight words on, the caller names them in turned order. */
#define SHA_ROUND(a, b, c, d, e, f, g, h, i)                                            \
	do {                                                                            \
		h += (rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)) + \
		     ((e & f) ^ (~e & g)) + sha_constants[i] + w[i];                    \
		d += h;                                                                 \
		h += (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)) + \
		     ((a & b) ^ (a & c) ^ (b & c));                                     \
	} while (0)

static void sha_block(uint32_t state[8], const unsigned char block[64])
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t w[64];

	sha_schedule(w, block);
	for (int i = 0; i < 64; i += 8) {
		SHA_ROUND(a, b, c, d, e, f, g, h, i);
		SHA_ROUND(h, a, b, c, d, e, f, g, i + 1);
		SHA_ROUND(g, h, a, b, c, d, e, f, i + 2);
		SHA_ROUND(f, g, h, a, b, c, d, e, i + 3);
		SHA_ROUND(e, f, g, h, a, b, c, d, i + 4);
		SHA_ROUND(d, e, f, g, h, a, b, c, i + 5);
		SHA_ROUND(c, d, e, f, g, h, a, b, i + 6);
		SHA_ROUND(b, c, d, e, f, g, h, a, i + 7);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void sha256_start(struct sha256 *s)
{
	static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	memcpy(s->state, initial, sizeof(initial));
	s->size = 0;
}

void sha256_add(struct sha256 *s, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	size_t filled = s->size % 64;

	s->size += size;
	if (filled) {
		size_t room = 64 - filled < size ? 64 - filled : size;

		memcpy(s->block + filled, bytes, room);
		bytes += room;
		size -= room;
		if (filled + room < 64)
			return;
		sha_block(s->state, s->block);
	}
	for (; size >= 64; bytes += 64, size -= 64)
		sha_block(s->state, bytes);
	memcpy(s->block, bytes, size);
}

void sha256_finish(struct sha256 *s, char hex[SHA256_HEX])
{
	uint64_t bits = s->size * 8;
	unsigned char length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha256_add(s, "\x80", 1);
	while (s->size % 64 != 56)
		sha256_add(s, "", 1);
	sha256_add(s, length, 8);
	for (int i = 0; i < 8; i++)
		snprintf(hex + 8 * i, 9, "%08x", s->state[i]);
}
