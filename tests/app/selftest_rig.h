/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_RIG_H
#define SELFTEST_RIG_H

/* The self-tests on the simulated kernel, with an edu device, and with things that go wrong. */

#include <selftest/selftest.h>
#include <selftest/selftest_dma.h>
#include <selftest/selftest_limits.h>
#include <selftest/selftest_map.h>
#include <selftest/selftest_restart.h>
#include <selftest/selftest_select.h>
#include <selftest/selftest_windows.h>

#include "model.h"

struct selftest_rig {
	struct model *m;
	struct ddw_sys sys; /* the simulated kernel, which may lie */
	struct selftest_host host;
	struct selftest *t;
	struct autotest_choice choice;
	char left_out[2048];
	struct selftest_problem problem;
	struct selftest_results results;
	uint64_t smallest; /* smaller hugepages exist, but are not free */
	uint64_t most;	   /* memory that a test has taken */
	unsigned long lie; /* this ioctl reports success, and does nothing */
	bool wanders;	   /* firmware puts each window of group 1 elsewhere */

	/* the edu device */
	int number; /* its group */
	int fd;
	uint8_t buffer[EDU_BUFFER_SIZE];
	uint32_t registers[4]; /* source, target, count, command */
	uint32_t id, live;
	bool swapped;	 /* byte order of its registers */
	bool dead;	 /* transfers do not end */
	bool lazy;	 /* transfers do nothing */
	bool everywhere; /* reaches memory at any address */
	bool around;	 /* reaches all of the memory from address 0 on */
};

/* A machine with 64 hugepages of 2M, and no group. */
struct selftest_rig *selftest_rig_new(void);
void selftest_rig_add(struct selftest_rig *r, const struct model_group_cfg *cfg, const char *pci,
		      bool edu);
/* Select groups, and run one suite or all of them (NULL). What selftest_select() returned. */
int selftest_rig_run(struct selftest_rig *r, const struct selftest_suite *suite);
/* From now on this machine is no POWER machine. */
void selftest_rig_other_machine(void);
/* What came of a test. */
const struct selftest_result *selftest_rig_find(const struct selftest_rig *r, const char *suite,
						const char *name);
void selftest_rig_free(struct selftest_rig *r);

#endif /* SELFTEST_RIG_H */
