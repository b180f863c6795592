/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/hugepages.h"

static bool
read_counter(const struct ddw_sys *sys, const char *folder, uint64_t page, const char *counter,
	     uint64_t *pages)
{
	char path[160], text[32];

	snprintf(path, sizeof(path), "%s/hugepages-%" PRIu64 "kB/%s", folder, page >> 10, counter);
	if (sys->read_file(sys->ctx, path, text, sizeof(text)) < 0)
		return false;
	*pages = strtoull(text, NULL, 10);
	return true;
}

bool
test_ddw_hugepages(const struct ddw_sys *sys, uint64_t page, const char *counter, uint64_t *pages)
{
	return read_counter(sys, "/sys/kernel/mm/hugepages", page, counter, pages);
}

bool
test_ddw_hugepages_on_node(const struct ddw_sys *sys, unsigned int node, uint64_t page,
			   const char *counter, uint64_t *pages)
{
	char folder[80];

	snprintf(folder, sizeof(folder), HUGEPAGES_NODES "/node%u/hugepages", node);
	return read_counter(sys, folder, page, counter, pages);
}
