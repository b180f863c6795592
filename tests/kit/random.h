/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef RANDOM_H
#define RANDOM_H

/* Numbers that the same seed repeats on every machine. */

#include <stdint.h>

/* Steps that scatter the states of neighbouring seeds. */
#define RANDOM_STRIDE UINT64_C(0x9e3779b97f4a7c15)

/* The state to begin with; never 0, which would stay 0. */
static inline uint64_t
random_state(uint64_t seed)
{
	return seed * RANDOM_STRIDE | 1;
}

/* The state of one of several threads. */
static inline uint64_t
random_thread(uint64_t state, unsigned int number)
{
	return state + number * RANDOM_STRIDE;
}

/* The next number, by xorshift. */
static inline uint64_t
rnd(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* One of n numbers from 0. */
static inline unsigned int
pick(uint64_t *state, unsigned int n)
{
	return (unsigned int)(rnd(state) % n);
}

#endif /* RANDOM_H */
