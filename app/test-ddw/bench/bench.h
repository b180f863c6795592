/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_H
#define BENCH_H

/* Shared state of "dpdk-test-ddw bench": options, results, groups and memory in use. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <ddw.h>

#include "common/pci.h"
#include "measure/figures.h"

/* Defaults of the options. */
#define BENCH_REPEAT  5u
#define BENCH_SECONDS 60u
#define BENCH_MEMORY  (UINT64_C(1) << 30)

/* Limits of the report, which no run reaches. */
#define BENCH_ROWS  512
#define BENCH_SKIPS 128

/* Parts of the benchmark; each is measured in its own file. */
enum bench_part_id {
	BENCH_WINDOWS,
	BENCH_REGISTER,
	BENCH_MAP,
	BENCH_LOOKUP,
	BENCH_POOLS,
	BENCH_PARTS,
};

/* Options of the command line. */
struct bench_options {
	bool parts[BENCH_PARTS]; /* none: all of them */
	unsigned int repeat;
	unsigned int seconds;		     /* after that nothing new is measured */
	uint64_t memory;		     /* bytes to map at the most */
	bool memory_wanted;		     /* not less than that */
	const char *devices[DDW_MAX_GROUPS]; /* PCI addresses; none: the first free group */
	unsigned int n_devices;
	bool eal_given; /* options of EAL, perhaps none */
	char **eal;
	int n_eal;
};

/* One measurement. Fields that do not apply are 0 or NULL. */
struct bench_row {
	const char *part;
	const char *name;
	const char *handler; /* of a mempool */
	uint64_t window;     /* bytes */
	uint64_t page;	     /* IOMMU page, bytes */
	uint64_t memory;     /* bytes */
	unsigned int calls;  /* that share the work */
	unsigned int cache;  /* of a mempool, objects */
	unsigned int bulk;   /* objects per call */
	const char *unit;
	struct figures f;
};

/* A part, or a case of it, that was not measured, and the reason. */
struct bench_skip {
	const char *part;
	char what[64]; /* empty: the whole part */
	char why[1200];
};

/* IOMMU groups in use. They are chosen once, and asked for their capabilities once. */
struct bench_groups {
	bool known;
	struct pci_device list[DDW_MAX_GROUPS]; /* a device of each */
	unsigned int n;				/* 0: none can be used */
	struct ddw_caps caps;			/* what all of them offer */
	char why[1200];				/* there is none */
};

/* Hugepages of this process, allocated once. */
struct bench_memory {
	bool known;
	uint64_t vaddr;
	uint64_t len;  /* 0: none */
	uint64_t page; /* hugepage, bytes */
	char why[256]; /* there are none */
};

/* Access to the machine: the real one, or a simulated one in unit tests. */
struct bench_host {
	const struct ddw_sys *sys;
	/* As test_ddw_is_power(). */
	bool (*is_power)(char *error, size_t size);
	/* Populated hugepages, so many bytes. 0 or a negative errno. */
	int (*memory_get)(uint64_t page, uint64_t len, uint64_t *vaddr);
	void (*memory_put)(uint64_t vaddr, uint64_t len);
};

struct bench {
	struct bench_options options;
	const struct bench_host *host;
	uint64_t begin;	     /* clock, nanoseconds */
	uint64_t told;	     /* when progress was shown last */
	const char *current; /* part that runs */
	struct bench_row rows[BENCH_ROWS];
	unsigned int n_rows;
	struct bench_skip skips[BENCH_SKIPS];
	unsigned int n_skips;
	bool failed; /* something that should have worked did not */
	struct bench_groups groups;
	struct bench_memory memory;
};

/* Helpers for the parts. */
/* Read the clock in nanoseconds; return the microseconds since a reading. */
uint64_t bench_clock(const struct bench *b);
double bench_us(const struct bench *b, uint64_t since);
/* Add a row to the report; "values" has options.repeat elements. */
void bench_add(struct bench *b, struct bench_row row, const double *values);
/* Note that something is not measured, without failing. */
void bench_skip(struct bench *b, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Report a failure at once, and note it for the exit status. */
void bench_fail(struct bench *b, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void bench_fail_ddw(struct bench *b, const char *what, const struct ddw_error *err);
/*
 * Call before each measurement. Shows progress during long runs. Returns false, and notes the
 * skipped measurement, when the time is up.
 */
bool bench_next(struct bench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif /* BENCH_H */
