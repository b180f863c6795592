/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DDW_UNITS_H
#define DDW_UNITS_H

/**
 * @file
 * Checked arithmetic on 64-bit addresses, and sizes as text.
 *
 * Thread safety: any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Add two addresses or lengths.
 *
 * @param a, b
 *   What to add, bytes.
 * @param sum
 *   Filled with the sum.
 * @return
 *   False when the sum does not fit 64 bits.
 */
static inline bool
ddw_add(uint64_t a, uint64_t b, uint64_t *sum)
{
	return !__builtin_add_overflow(a, b, sum);
}

/**
 * Multiply two numbers.
 *
 * @param a, b
 *   What to multiply.
 * @param product
 *   Filled with the product.
 * @return
 *   False when the product does not fit 64 bits.
 */
static inline bool
ddw_mul(uint64_t a, uint64_t b, uint64_t *product)
{
	return !__builtin_mul_overflow(a, b, product);
}

/**
 * Check for a power of two.
 *
 * @param v
 *   Any number.
 * @return
 *   True for a power of two.
 */
static inline bool
ddw_is_pow2(uint64_t v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

/**
 * Check that @p v is a multiple of @p align.
 *
 * @param v
 *   Address or length, bytes.
 * @param align
 *   Bytes, a power of two.
 * @return
 *   True when it is.
 */
static inline bool
ddw_is_aligned(uint64_t v, uint64_t align)
{
	return (v & (align - 1)) == 0;
}

/**
 * Find the highest bit that is set.
 *
 * @param v
 *   A number that is not 0.
 * @return
 *   0 to 63.
 */
static inline unsigned int
ddw_log2(uint64_t v)
{
	return 63u - (unsigned int)__builtin_clzll(v);
}

/**
 * Round up to a power of two.
 *
 * @param v
 *   Any number.
 * @return
 *   The power of two; 1 for 0; 0 when it does not fit 64 bits.
 */
uint64_t ddw_next_pow2(uint64_t v);

/**
 * Round up to a multiple of a power of two.
 *
 * @param v
 *   Address or length, bytes.
 * @param align
 *   Bytes, a power of two.
 * @param out
 *   Filled with the multiple.
 * @return
 *   False when the result does not fit 64 bits.
 */
bool ddw_align_up(uint64_t v, uint64_t align, uint64_t *out);

/**
 * Read a size such as "65536", "64K", "2M", "1G" or "64T" (powers of 1024).
 *
 * @param text
 *   The whole text must be a size; signs, blanks and fractions are refused.
 * @param size
 *   Filled with the bytes; never 0.
 * @return
 *   0, -EINVAL for anything else, -ERANGE when it does not fit 64 bits.
 */
int ddw_parse_size(const char *text, uint64_t *size);

/** Room that ddw_format_size() needs. */
#define DDW_SIZE_TEXT 32

/**
 * Write a size the way people write it: "64K", "2M", "1G"; bytes when it is no
 * whole multiple of 1024.
 *
 * @param size
 *   Bytes.
 * @param buf
 *   Filled with the text.
 * @return
 *   @p buf.
 */
const char *ddw_format_size(uint64_t size, char buf[DDW_SIZE_TEXT]);

/**
 * Write a set of page sizes as "4K 64K 2M".
 *
 * @param pgsizes
 *   Bit n stands for pages of 2^n bytes.
 * @param buf
 *   Filled with the text.
 * @param len
 *   Room in @p buf, bytes.
 * @return
 *   @p buf; "none" for an empty set. Cut to @p len.
 */
const char *ddw_format_pgsizes(uint64_t pgsizes, char *buf, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* DDW_UNITS_H */
