/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Reads what the environment asks of a test, and sets what sanitizers need. */

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "environment.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOW 4
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLOW 4
#endif
#endif
#ifndef SLOW
#define SLOW 1
#endif

const char *__asan_default_options(void);

/* An allocation that is too large has to return NULL, as without the sanitizer. */
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

uint64_t
env_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

/* New ones each time: what does not fail here may fail tomorrow. */
uint64_t
env_seed(void)
{
	return env_number("DDW_SEED", (uint64_t)time(NULL) << 16 ^ (uint64_t)getpid());
}

uint64_t
env_steps(uint64_t usual)
{
	if (getenv("DDW_STEPS") != NULL)
		return env_number("DDW_STEPS", usual);
	return env_number("DDW_SOAK", 0) != 0 ? usual * 20 : usual / SLOW;
}
