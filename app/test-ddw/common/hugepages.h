/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef HUGEPAGES_H
#define HUGEPAGES_H

/* Read counters of hugepages, such as "free_hugepages", from sysfs. */

#include <stdbool.h>
#include <stdint.h>

#include <ddw.h>

#define HUGEPAGES_NODES "/sys/devices/system/node"

/* Read the counter of one page size for the whole machine. Returns false if there is none. */
bool test_ddw_hugepages(const struct ddw_sys *sys, uint64_t page, const char *counter,
			uint64_t *pages);
/* Read the counter of one page size for one NUMA node. Returns false if there is none. */
bool test_ddw_hugepages_on_node(const struct ddw_sys *sys, unsigned int node, uint64_t page,
				const char *counter, uint64_t *pages);

#endif /* HUGEPAGES_H */
