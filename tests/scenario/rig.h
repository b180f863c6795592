/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef RIG_H
#define RIG_H

/*
 * What a scenario runs on: groups, memory and a struct ddw_sys, with the real
 * kernel or the simulated one behind it. Every call that passes is recorded, so
 * that the two can be compared.
 */

#include <stdio.h>
#include <string.h>

#include "ddw.h"
#include "model.h"
#include "trace.h"

/* Memory of scenarios: the same addresses on both kernels. */
#define RIG_VADDR UINT64_C(0x100000000000)
#define RIG_PAGES UINT64_C(0x110000000000)
#define RIG_FILES 64
#define RIG_AREAS 64

/* Groups of a machine, by what they are good for. */
enum rig_role {
	RIG_A,
	RIG_B,
	RIG_SPARE,	 /* whose PE may be poisoned */
	RIG_OTHER_SPARE, /* another one */
	RIG_NO_DDW,	 /* bridge without dynamic windows; not on every machine */
	RIG_ROLES
};

struct rig_group {
	bool here;
	char pci[DDW_PCI_NAME]; /* a device of it */
	struct model_group_cfg cfg;
};

struct rig_machine {
	char name[32];
	bool powernv;
	unsigned int page_shift; /* of the kernel */
	struct rig_group groups[RIG_ROLES];
};

/* Which call fails instead of being carried out. */
struct rig_fault {
	bool armed;
	unsigned int nth;   /* counted from 1 */
	unsigned int count; /* so many in a row; 0: all from then on */
	int which;	    /* the errno, as an index in those that the call may return */
	bool after;	    /* carried out before it fails */
	unsigned int seen;
	unsigned int hits;
	unsigned int serious;  /* hits that a caller has to tell */
	unsigned int unproven; /* UNMAPs that failed */
	bool beyond;	       /* no such call, or no such errno for it */
};

struct rig_file {
	int fd;
	bool open;
	bool child;
};

struct rig_area {
	uint64_t vaddr;
	uint64_t len;
	unsigned int shift;
};

struct rig {
	struct ddw_sys sys; /* for the scenario */
	const struct ddw_sys *below;
	const struct rig_machine *machine;
	struct model *model; /* NULL: the real kernel */
	struct trace *trace;
	struct rig_fault fault;
	struct rig_file files[RIG_FILES];
	unsigned int n_files;
	struct rig_area areas[RIG_AREAS];
	unsigned int n_areas;
	unsigned int pages_got;
	bool as_child;
	int child; /* process: its number on either kernel; -1 for none */
	int to_child, from_child;
	int container[RIG_ROLES]; /* -1: none */
	int group[RIG_ROLES];
	int device[RIG_ROLES];
	/* libddw */
	struct ddw_space *space;
	int index[RIG_ROLES]; /* of the group in the space; -1: not attached */
	struct ddw_plan_input in;
	struct ddw_plan plan;
	struct ddw_error errors[DDW_MAX_GROUPS];
	struct ddw_error err;
	unsigned int told; /* failures that libddw has told */
};

typedef void (*rig_scenario_fn)(struct rig *r);

/* Machines for the simulated kernel. */
void rig_machine_pseries(struct rig_machine *mc, unsigned int page_shift);
void rig_machine_powernv(struct rig_machine *mc);

/* On the simulated kernel, or with real set on the one that runs here. */
struct rig *rig_new(const struct rig_machine *mc, struct trace *t, bool real);
/* Close what is open, give memory back, and on the simulated kernel look for what is left. */
void rig_end(struct rig *r);

/* An expectation was not met; of no account while calls are made to fail. */
void rig_fail(struct rig *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void rig_expect(struct rig *r, const char *file, int line, const char *what, int64_t got,
		int64_t want);
/* A figure of the scenario itself that has to be the same on both kernels. */
void rig_note(struct rig *r, const char *name, int ret, uint64_t value);
/* Invariants of the simulated kernel, and libddw's ledger against it. */
void rig_check(struct rig *r);

#define EXPECT(got, want) rig_expect(r, __FILE__, __LINE__, #got, (int64_t)(got), (int64_t)(want))
#define EXPECT_TRUE(cond) EXPECT(!!(cond), 1)

/* Populate memory with 2M hugepages, or with small ones. Returns its address. */
uint64_t rig_memory(struct rig *r, uint64_t vaddr, uint64_t len, bool huge);
void rig_give_back(struct rig *r, uint64_t vaddr, uint64_t len);
uint64_t rig_page(const struct rig *r);
/* Locked memory of the process; also compared. */
uint64_t rig_locked(struct rig *r);
/* No right to exceed RLIMIT_MEMLOCK any more, which is used up but for so many bytes. */
void rig_limit(struct rig *r, uint64_t bytes);

/* Another process: a copy of this one. With rig_as_child() it makes the calls. */
void rig_fork(struct rig *r);
void rig_as_child(struct rig *r, bool child);
void rig_reap(struct rig *r, bool kill);

/* Open and close the files of a group; on failure they are -1. */
int rig_open_container(struct rig *r, enum rig_role role);
int rig_open_group(struct rig *r, enum rig_role role);
void rig_close(struct rig *r, int *fd);
void rig_close_group(struct rig *r, enum rig_role role);

/* rig_kernel.c: the real kernel */
void rig_real_memory(struct rig *r, uint64_t vaddr, uint64_t len, bool huge);
void rig_real_limit(uint64_t bytes);
void rig_real_fork(struct rig *r);
void rig_real_reap(struct rig *r, bool kill);
int rig_real_child_ioctl(struct rig *r, int fd, unsigned long request, void *arg);
int rig_real_child_open(struct rig *r, const char *path);
int rig_real_child_close(struct rig *r, int fd);
int rig_real_machine(struct rig_machine *mc, char **pci, int n);

/* rig_fault.c */
/* The errno to return instead of or after a call; 0 for none. */
int rig_fault_next(struct rig *r, enum trace_kind kind, unsigned long request);

#endif /* RIG_H */
