/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef AUTOTEST_H
#define AUTOTEST_H

/*
 * Tests that are called by name: at the prompt, on the command line, or through DPDK_TEST, as
 * in DPDK's own dpdk-test. The self-tests and the benchmarks each have a table of them, which
 * main.c passes to the prompt.
 */

#include <ddw.h>

/* Results of a test; the values are those of DPDK's tests. */
enum {
	AUTOTEST_OK = 0,       /* "Test OK" */
	AUTOTEST_FAILED = -1,  /* any other value is a failure too: "Test Failed" */
	AUTOTEST_SKIPPED = 77, /* "Test Skipped": cannot run here; it has printed why */
};

/* PCI addresses that the user chose for all tests. */
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
