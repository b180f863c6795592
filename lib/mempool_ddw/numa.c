/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <numa.h>
#include <numaif.h>
#include <stdio.h>
#include <string.h>

#include "memory_parts.h"

#define BITS (8 * (int)sizeof(unsigned long))
/* The kernel takes one more than there are bits. */
#define MASK_BITS (sizeof(((struct node_policy *)NULL)->mask) * 8 + 1)
/* Pages asked about in one call. */
#define PAGES 256

int
mpddw_node_count(void)
{
	return numa_available() < 0 ? 1 : numa_max_node() + 1;
}

static bool
has_memory(int node)
{
	if (numa_available() < 0)
		return node == 0;
	return node >= 0 && node <= numa_max_node() && numa_node_size64(node, NULL) > 0;
}

/* Is there a choice? Without one the kernel is not asked: containers often may not. */
static bool
has_several_nodes(void)
{
	int i, n = 0;

	for (i = 0; i < mpddw_node_count(); i++)
		n += has_memory(i);
	return n > 1;
}

int
mpddw_node_check(int node, struct ddw_error *err)
{
	char text[128];
	size_t used = 0;
	int i, ret;

	if (node == SOCKET_ID_ANY || has_memory(node))
		return 0;
	text[0] = '\0';
	for (i = 0; i < mpddw_node_count() && used < sizeof(text); i++)
		if (has_memory(i))
			used += (size_t)snprintf(text + used, sizeof(text) - used, " %d", i);
	ret = ddw_fail(err, DDW_MSG_POOL_NODE, ENODEV,
		       "NUMA node %d does not exist, or has no memory", node);
	ddw_error_why(err, "nodes with memory:%s", text);
	return ret;
}

static void
mask_of(int node, unsigned long mask[16])
{
	memset(mask, 0, 16 * sizeof(mask[0]));
	mask[node / BITS] = 1ul << (node % BITS);
}

int
mpddw_node_enter(int node, struct node_policy *saved)
{
	unsigned long mask[16];

	memset(saved, 0, sizeof(*saved));
	if (node == SOCKET_ID_ANY || !has_several_nodes())
		return 0;
	if (get_mempolicy(&saved->mode, saved->mask, MASK_BITS, NULL, 0) != 0)
		return -errno;
	mask_of(node, mask);
	if (set_mempolicy(MPOL_BIND, mask, MASK_BITS) != 0)
		return -errno;
	saved->changed = true;
	return 0;
}

void
mpddw_node_leave(const struct node_policy *saved)
{
	if (saved->changed)
		(void)set_mempolicy(saved->mode, saved->mask, MASK_BITS);
}

int
mpddw_node_bind(char *addr, uint64_t len, int node)
{
	unsigned long mask[16];

	if (node == SOCKET_ID_ANY || !has_several_nodes())
		return 0;
	mask_of(node, mask);
	return mbind(addr, len, MPOL_BIND, mask, MASK_BITS, 0) == 0 ? 0 : -errno;
}

/* The nodes of some pages, negative where the kernel does not say. */
static int
ask(char *addr, unsigned int n, uint64_t page_size, int status[PAGES])
{
	void *pages[PAGES];
	unsigned int i;

	for (i = 0; i < n; i++)
		pages[i] = addr + i * page_size;
	return move_pages(0, n, pages, NULL, status, 0) == 0 ? 0 : -errno;
}

static unsigned int
next_pages(uint64_t left, uint64_t page_size)
{
	return left / page_size > PAGES ? PAGES : (unsigned int)(left / page_size);
}

int
mpddw_node_verify(char *addr, uint64_t len, uint64_t page_size, int node, struct ddw_error *err)
{
	int status[PAGES], ret;
	unsigned int n, i;
	uint64_t off;

	if (node == SOCKET_ID_ANY || !has_several_nodes())
		return 0;
	for (off = 0; off < len; off += n * page_size) {
		n = next_pages(len - off, page_size);
		ret = ask(addr + off, n, page_size, status);
		if (ret < 0)
			return ddw_fail(err, DDW_MSG_POOL_NODE, ret,
					"the kernel does not report the node of the pages: %s",
					strerror(-ret));
		for (i = 0; i < n; i++) {
			/* Old kernels do not tell it of gigantic pages; these are bound. */
			if (status[i] < 0 || status[i] == node)
				continue;
			return ddw_fail(err, DDW_MSG_POOL_NODE, ENOMEM,
					"a page is on NUMA node %d, not on the requested node %d",
					status[i], node);
		}
	}
	return 0;
}

int
mpddw_memory_nodes(const struct arena *a, uint64_t bytes[RTE_MAX_NUMA_NODES])
{
	int status[PAGES], ret;
	unsigned int n, i;
	uint64_t off;

	memset(bytes, 0, RTE_MAX_NUMA_NODES * sizeof(bytes[0]));
	if (a->base == NULL)
		return 0;
	if (numa_available() < 0) {
		bytes[0] = a->populated;
		return 0;
	}
	for (off = 0; off < a->room; off += n * a->page_size) {
		n = next_pages(a->room - off, a->page_size);
		ret = ask(a->base + off, n, a->page_size, status);
		if (ret < 0)
			return ret;
		/* holes are no page: negative */
		for (i = 0; i < n; i++)
			if (status[i] >= 0 && status[i] < RTE_MAX_NUMA_NODES)
				bytes[status[i]] += a->page_size;
	}
	return 0;
}
