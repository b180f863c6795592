/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_ENV_H
#define SELFTEST_ENV_H

/*
 * Tests of libddw in real windows of the machine. They work on a struct selftest_host, so
 * that the simulated kernel of the unit tests can be behind it.
 *
 * Nothing here may make the kernel refuse a CREATE: on pSeries that disables dynamic
 * windows until the next reboot.
 */

#include <stdbool.h>
#include <stdint.h>

#include <ddw.h>

#include "common/autotest.h"
#include "common/groups.h"
#include "selftest/selftest_edu.h"

/* A test that the platform cannot have; no reason to worry, other than AUTOTEST_SKIPPED. */
#define SELFTEST_UNSUPPORTED (-2)

/* Limit of units in which memory is mapped. */
#define SELFTEST_UNITS 32
/* Most and least hugepages of a test. */
#define SELFTEST_PAGES	   16
#define SELFTEST_MIN_PAGES 4
/* Above this size a test takes the least number: clearing and pinning takes time. */
#define SELFTEST_LARGE_PAGE (UINT64_C(1) << 26)

/* Access to the machine: the real one, or a simulated one in unit tests. */
struct selftest_host {
	const struct ddw_sys *sys;
	void *ctx;
	/* As test_ddw_is_power(). */
	bool (*is_power)(char *error, size_t size);
	/* Populated hugepages at an address that is filled. 0 or a negative errno. */
	int (*memory_get)(void *ctx, uint64_t page_size, uint64_t len, uint64_t *vaddr);
	void (*memory_put)(void *ctx, uint64_t vaddr, uint64_t len);
	const struct edu_io *edu; /* reaches the registers of a device */
};

struct selftest_group {
	int number;
	char pci[DDW_PCI_NAME];
	char name[64]; /* for messages */
	struct group_files files;
	bool edu_only; /* for the edu device, not for the other tests */
};

/* A unit of memory, and its expected bus address. */
struct selftest_unit {
	uint64_t iova;
	bool mapped;
};

struct selftest {
	const struct selftest_host *host;
	struct selftest_group groups[DDW_MAX_GROUPS];
	unsigned int n_groups;
	int edu_group;		/* group of the edu device */
	uint64_t pgsizes;	/* IOMMU pages that all groups offer, as a bit set */
	uint64_t seed;		/* of random orders */
	char edu[DDW_PCI_NAME]; /* address of the edu device; empty: there is none */
	/* of the test that was run last: why it did not succeed, or what it has seen */
	char message[1024];

	/* of one test */
	struct ddw_space *space;
	struct ddw_plan_input in;
	struct ddw_plan plan;
	struct ddw_error errors[DDW_MAX_GROUPS];
	uint64_t locked;     /* before it */
	uint64_t page;	     /* hugepages that it has */
	uint64_t vaddr, len; /* of them */
	uint64_t unit;	     /* account: memory is cut into units */
	struct selftest_unit units[SELFTEST_UNITS];
	uint64_t start, size, room; /* the window, when nothing was mapped */
	struct edu device;
	struct ddw_error err;
	unsigned int n_units;
	bool fickle_4k;	  /* pSeries tells of 4K pages that firmware may refuse */
	bool on_demand;	  /* the plan need not have room for all of the memory */
	bool edu_run;	  /* with the group of the edu device alone */
	bool lost_charge; /* locked memory will not be what it was */
	bool refused;	  /* the kernel refused a window: no more are asked for */
};

struct selftest_case {
	const char *name;
	int (*run)(struct selftest *t, unsigned int arg);
	unsigned int arg;
};

struct selftest_suite {
	const char *name;
	const char *help;
	const struct selftest_case *cases; /* up to one without a name */
	bool keep;			   /* each case goes on where the last one ended */
};

/* Note why a test does not succeed, and return its result. The first note is kept. */
int selftest_fail(struct selftest *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int selftest_skip(struct selftest *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int selftest_unsupported(struct selftest *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Note that a call of libddw failed. */
int selftest_fail_error(struct selftest *t, const char *call, const struct ddw_error *err);

/*
 * Allocate hugepages of at least page_size for a test: several of the smallest size available,
 * or a single one.
 */
int selftest_memory(struct selftest *t, uint64_t page_size, bool single);
/* Attach one group to the existing space. Returns 0 or a negative errno. */
int selftest_attach_group(struct selftest *t, struct selftest_group *g, struct ddw_error *err);
/* Attach the groups of the test, without opening windows. */
int selftest_attach(struct selftest *t);
/* Open windows for the memory of the test; sizes of 0 leave the choice to the plan. */
int selftest_open(struct selftest *t, enum ddw_mode mode, uint64_t page_size, uint64_t window_size);
/* Allocate memory and open windows of any size. */
int selftest_ready(struct selftest *t, enum ddw_mode mode);
/* Unmap and close everything; with "killed", leave it to the kernel as a killed process does. */
int selftest_close(struct selftest *t, bool killed);
/* Clean up after a test, and check that no locked memory is left. */
int selftest_end(struct selftest *t);

#endif /* SELFTEST_ENV_H */
