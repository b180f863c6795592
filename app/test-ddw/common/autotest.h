/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef AUTOTEST_H
#define AUTOTEST_H

/*
 * The tests that can be called by name: at the prompt, as arguments of the program and
 * with DPDK_TEST, as with DPDK's own dpdk-test.
 *
 * A part of the program that has such tests offers a table of them, and main.c gives these
 * tables to the prompt.
 */

#include <ddw.h>

/* What a test returns; the values are those of DPDK's tests. */
enum {
	AUTOTEST_OK = 0,       /* "Test OK" */
	AUTOTEST_FAILED = -1,  /* any other value is a failure too: "Test Failed" */
	AUTOTEST_SKIPPED = 77, /* "Test Skipped": cannot run here; it has printed why */
};

/* What the user chose for all tests: PCI addresses. */
struct autotest_choice {
	const char *groups[DDW_MAX_GROUPS]; /* a device of each group to be used */
	unsigned int n_groups;		    /* 0: all groups that are bound to vfio-pci and free */
	const char *edu;		    /* QEMU's edu device; NULL: the one that is found */
};

/* A table of them ends with one whose name is NULL. */
struct autotest {
	const char *name; /* such as "map_order_autotest" or "map_perf_autotest" */
	int (*run)(const struct autotest_choice *choice);
	const char *help; /* one line */
};

#endif /* AUTOTEST_H */
