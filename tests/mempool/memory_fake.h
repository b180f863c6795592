/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MEMORY_FAKE_H
#define MEMORY_FAKE_H

/* Functions of the kernel, libnuma and EAL replaced (-Wl,--wrap): failures, and NUMA nodes. */

#include "memory_scene.h"

#define FAKE_NODES 4

/* Fail the nth call from now on (0: none) with this errno, once. */
struct fake_fault {
	unsigned int nth;
	int err;
};

struct fake_policy {
	int mode;
	unsigned long mask;
};

struct fake {
	struct fake_fault memfd;
	struct fake_fault ftruncate;
	struct fake_fault fallocate;
	struct fake_fault mprotect;
	struct fake_fault extmem_register;
	struct fake_fault extmem_unregister;
	struct fake_fault calloc;
	struct fake_fault realloc;
	struct fake_fault get_mempolicy;
	struct fake_fault set_mempolicy;
	struct fake_fault mbind;
	struct fake_fault move_pages;

	bool secondary; /* this process */

	/* hugetlbfs with pages of this size is "mounted" here */
	const char *mount;
	uint64_t mount_page;

	/* hugepages, when there is one of them: EAL has hugepages, too */
	unsigned int sizes;
	struct page_count counts[FAKE_NODES][PAGE_SIZES]; /* of the last node for all */

	/* NUMA nodes, when there is one of them */
	bool no_numa;
	unsigned int nodes;
	long long node_size[FAKE_NODES];
	struct fake_policy policy;    /* of the thread */
	struct fake_policy allocated; /* of the last fallocate() */
	struct fake_policy bound;     /* of the last mbind() */
	int lands_on;		      /* pages are there whatever the policy; -1: where it says */
};

extern struct fake fake;

/* Everything as it is. */
void fake_none(void);

#endif /* MEMORY_FAKE_H */
