/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MEMORY_PARTS_H
#define MEMORY_PARTS_H

/* What the parts of memory.h share. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_memory.h>

#include "memory.h"

/* Memory of the application's. */
struct rte_mempool_ddw_memory {
	char *base;
	uint64_t len;
	uint64_t page_size;
	atomic_bool used; /* by an arena */
	struct arena_lists *lists;
};

/* memory_sysfs.c: hugepages of one size */
struct page_count {
	uint64_t size; /* bytes */
	uint64_t free; /* pages that nobody has reserved */
};
#define PAGE_SIZES 16
/*
 * Sizes of hugepages, the largest first, and how many are free on a node (SOCKET_ID_ANY:
 * on all together). Returns how many sizes there are.
 */
unsigned int mpddw_pages_read(int node, struct page_count counts[PAGE_SIZES]);
/* Bytes of normal pages that are available without swapping. */
uint64_t mpddw_pages_normal_free(int node);
uint64_t mpddw_pages_normal_size(void);
/* memory_page.c: DDW-pool-hugepages, with what is free where. */
int mpddw_pages_too_few(uint64_t bytes, uint64_t page_size, int node, struct ddw_error *err);

/* memory_file.c: a file without a name, in memory of pages of that size. */
int mpddw_memory_file(const char *name, uint64_t page_size, struct ddw_error *err);

/* memory_room.c: addresses for the whole file, no access yet; NULL with errno */
char *mpddw_memory_room(int fd, uint64_t room, uint64_t align);
/*
 * EAL's next table of pages will be near its memory. A secondary process needs it at the
 * same address, and EAL takes any address that the kernel has, among libraries of all
 * processes, when its own next one is in use: the PCI bus maps registers there.
 */
void mpddw_memory_make_way(void);

/* numa.c */
/* Does the node exist, and has it memory? */
int mpddw_node_check(int node, struct ddw_error *err);
/* One past the last node. */
int mpddw_node_count(void);

struct node_policy {
	bool changed;
	int mode;
	unsigned long mask[16]; /* 1024 nodes, the most that Linux has */
};
/* From now on this thread takes pages of this node only; saved is for mpddw_node_leave(). */
int mpddw_node_enter(int node, struct node_policy *saved);
void mpddw_node_leave(const struct node_policy *saved);
/* The kernel is to leave these pages on the node. */
int mpddw_node_bind(char *addr, uint64_t len, int node);
/* Are all pages on the node? */
int mpddw_node_verify(char *addr, uint64_t len, uint64_t page_size, int node,
		      struct ddw_error *err);

/* memory_eal.c: what EAL knows of the memory. Lists do not overlap. */
struct arena_lists *mpddw_lists_new(void);
/* Unregister all. False: EAL still has a list, so its addresses must stay taken. */
bool mpddw_lists_free(struct arena_lists *lists);
/* Pages come; register those that no list has. */
int mpddw_lists_add(struct arena_lists *lists, char *addr, uint64_t len, uint64_t page_size,
		    struct ddw_error *err);
/* Pages go; unregister lists of which none is left. False: EAL has kept one. */
bool mpddw_lists_remove(struct arena_lists *lists, const char *addr, uint64_t len);
/*
 * A run: the whole pages in a range, from iova on. Else all pages that the range touches,
 * the same address for each. Any thread, at any time.
 */
void mpddw_lists_write_iova(struct arena_lists *lists, const char *addr, uint64_t len,
			    uint64_t iova, bool run);
/* Does EAL know any of these addresses? */
bool mpddw_lists_overlap(const void *addr, uint64_t len);

/* adopt_check.c: can devices use it? Tells the size of its pages. */
int mpddw_adopt_check(const void *addr, uint64_t len, uint64_t *page_size, struct ddw_error *err);

#endif /* MEMORY_PARTS_H */
