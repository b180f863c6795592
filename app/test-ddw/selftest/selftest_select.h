/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_SELECT_H
#define SELFTEST_SELECT_H

/* Select the groups for the tests. */

#include "selftest/selftest_env.h"

/* The reason why a selection fails. */
struct selftest_problem {
	bool usage; /* what was asked for does not exist */
	char text[2048];
};

/*
 * Find usable groups, and the edu device. Writes groups that are left out, except those named
 * by the user, to "left_out", one per line. Returns 0 or a negative errno.
 */
int selftest_select(struct selftest *t, const struct autotest_choice *choice, char *left_out,
		    size_t size, struct selftest_problem *problem);

#endif /* SELFTEST_SELECT_H */
