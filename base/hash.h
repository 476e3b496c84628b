/* SPDX-License-Identifier: MIT
 *
 * Hashes: SipHash-2-4 with a fixed key for splits and tables, SHA-256 (FIPS 180-4) for
 * identity, and a checksum for files that are large.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-2-4 under the key (purpose, 0): hashes for different purposes are independent. */
uint64_t hash64(uint64_t purpose, const void *data, size_t size);

/* Detects damage, as fast as memory is read: any change of one aligned word of eight bytes is
 * always seen, any other but once in 2^64.  No protection against somebody who means harm. */
uint64_t checksum64(const void *data, size_t size);

struct sha256 {
	uint32_t state[8];
	uint64_t size;
	unsigned char block[64];
};

#define SHA256_HEX 65 /* 64 digits and the terminator */

void sha256_start(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t size);
void sha256_finish(struct sha256 *s, char hex[SHA256_HEX]);

#endif
