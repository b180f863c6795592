/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_SELECT_H
#define SELFTEST_SELECT_H

/* Chooses the groups for the tests. */

#include "selftest/selftest_env.h"

/* Why a choice cannot be followed. */
struct selftest_problem {
	bool usage; /* what was asked for does not exist */
	char text[2048];
};

/*
 * Find the groups to be used, and the edu device. What is left out without having been
 * named goes to "left_out", one line each. 0 or a negative errno.
 */
int selftest_select(struct selftest *t, const struct autotest_choice *choice, char *left_out,
		    size_t size, struct selftest_problem *problem);

#endif /* SELFTEST_SELECT_H */
