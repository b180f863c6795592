/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>

#include "memory_parts.h"

/* Append to a text, which may be cut. */
static void __attribute__((format(printf, 3, 4)))
append(char *text, size_t len, const char *fmt, ...)
{
	size_t used = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + used, len - used, fmt, ap);
	va_end(ap);
}

/* "node 0: 12 of 2M, 0 of 1G; node 1: ..." */
static void
tell_free(char *text, size_t len)
{
	struct page_count counts[PAGE_SIZES];
	char size[DDW_SIZE_TEXT];
	unsigned int n, i;
	int node;

	text[0] = '\0';
	for (node = 0; node < mpddw_node_count(); node++) {
		n = mpddw_pages_read(node, counts);
		append(text, len, "%snode %d:", node == 0 ? "" : "; ", node);
		for (i = 0; i < n; i++)
			append(text, len, "%s %" PRIu64 " of %s", i == 0 ? "" : ",", counts[i].free,
			       ddw_format_size(counts[i].size, size));
		if (n == 0)
			append(text, len, " no hugepages");
	}
}

static uint64_t
free_of(uint64_t page_size, int node)
{
	struct page_count counts[PAGE_SIZES];
	unsigned int n, i;

	if (page_size == mpddw_pages_normal_size())
		return mpddw_pages_normal_free(node) / page_size;
	n = mpddw_pages_read(node, counts);
	for (i = 0; i < n; i++)
		if (counts[i].size == page_size)
			return counts[i].free;
	return 0;
}

static uint64_t
pages_for(uint64_t bytes, uint64_t page_size)
{
	return bytes / page_size + (bytes % page_size != 0);
}

int
mpddw_pages_too_few(uint64_t bytes, uint64_t page_size, int node, struct ddw_error *err)
{
	bool normal = page_size == mpddw_pages_normal_size();
	char size[DDW_SIZE_TEXT], text[300], where[32] = "";
	int ret;

	if (node != SOCKET_ID_ANY)
		snprintf(where, sizeof(where), " on NUMA node %d", node);
	ddw_format_size(page_size, size);
	ret = ddw_fail(err, DDW_MSG_POOL_HUGEPAGES, ENOMEM,
		       "%" PRIu64 " %spages of %s are needed%s, %" PRIu64 " are free",
		       pages_for(bytes, page_size), normal ? "" : "huge", size, where,
		       free_of(page_size, node));
	if (normal) {
		ddw_error_why(err, "the memory of this machine, or the share of this process, is "
				   "exhausted");
		ddw_error_fix(err, "use a smaller pool, or free some memory");
		return ret;
	}
	tell_free(text, sizeof(text));
	ddw_error_why(err, "a pool takes hugepages in addition to EAL's; free are %s", text);
	return ret;
}

static int
fail_no_such_size(uint64_t wanted, const struct page_count *counts, unsigned int n,
		  struct ddw_error *err)
{
	char size[DDW_SIZE_TEXT], text[160] = "";
	unsigned int i;
	int ret;

	for (i = n; i-- > 0;)
		append(text, sizeof(text), ", %s", ddw_format_size(counts[i].size, size));
	ret = ddw_fail(err, DDW_MSG_POOL_CONFIG, EINVAL, "page_size=%s: no such pages exist",
		       ddw_format_size(wanted, size));
	ddw_error_why(err, "this machine has pages of %s%s",
		      ddw_format_size(mpddw_pages_normal_size(), size), text);
	ddw_error_fix(err, "use one of these sizes, or omit page_size");
	return ret;
}

static int
choose_normal(uint64_t bytes, int node, uint64_t *page_size, struct ddw_error *err)
{
	if (bytes > mpddw_pages_normal_free(node))
		return mpddw_pages_too_few(bytes, mpddw_pages_normal_size(), node, err);
	*page_size = mpddw_pages_normal_size();
	return 0;
}

static int
choose_wanted(uint64_t bytes, uint64_t wanted, int node, uint64_t *page_size, struct ddw_error *err)
{
	struct page_count counts[PAGE_SIZES];
	unsigned int n, i;

	if (wanted == mpddw_pages_normal_size())
		return choose_normal(bytes, node, page_size, err);
	n = mpddw_pages_read(node, counts);
	for (i = 0; i < n && counts[i].size != wanted; i++)
		;
	if (i == n)
		return fail_no_such_size(wanted, counts, n, err);
	if (counts[i].free < pages_for(bytes, wanted))
		return mpddw_pages_too_few(bytes, wanted, node, err);
	*page_size = wanted;
	return 0;
}

int
mpddw_memory_choose_page(uint64_t bytes, uint64_t wanted, int node, uint64_t *page_size,
			 struct ddw_error *err)
{
	struct page_count counts[PAGE_SIZES];
	uint64_t size, least = mpddw_pages_normal_size();
	unsigned int n, i;
	int ret;

	ret = mpddw_node_check(node, err);
	if (ret < 0)
		return ret;
	if (wanted != 0)
		return choose_wanted(bytes, wanted, node, page_size, err);
	if (!rte_eal_has_hugepages())
		return choose_normal(bytes, node, page_size, err);
	n = mpddw_pages_read(node, counts);
	for (i = 0; i < n; i++) {
		/* A tiny pool wastes most of any page; the smallest is what there is. */
		size = counts[i].size;
		if (i + 1 < n && bytes % size != 0 && size - bytes % size > bytes)
			continue;
		least = size;
		if (counts[i].free >= pages_for(bytes, size)) {
			*page_size = size;
			return 0;
		}
	}
	return mpddw_pages_too_few(bytes, least, node, err);
}
