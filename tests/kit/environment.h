/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

/* What the environment asks of a test: doc/guides/testing.rst has the variables. */

#include <stdint.h>

/* A number such as DDW_STEPS. */
uint64_t env_number(const char *name, uint64_t otherwise);
/* DDW_SEED; without it another seed each time. */
uint64_t env_seed(void);
/* How many times as much as usual: DDW_STEPS, more with DDW_SOAK, less with a sanitizer. */
uint64_t env_steps(uint64_t usual);

#endif /* ENVIRONMENT_H */
