/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PAGE_SIZE_H
#define PAGE_SIZE_H

/**
 * @file
 * Ask the kernel for the page size of this process's memory.
 */

#include <stdint.h>
#include <sys/ioctl.h>

#include <ddw.h>

/**
 * Return the smallest page in a range of addresses, bytes; 0 when the kernel does not say,
 * for lack of memory there or of /proc.
 *
 * Nothing is remembered: what lies at an address may change without notice, and memory must
 * never be taken for larger pages than it has. With PROCMAP_QUERY (Linux 6.11) it costs a few
 * system calls; an older kernel writes out all of smaps each time, which takes milliseconds.
 */
uint64_t spapr_page_size(const struct ddw_sys *sys, uint64_t vaddr, uint64_t len);

/**
 * PROCMAP_QUERY of linux/fs.h, which is declared here for systems with older headers: asks
 * /proc/self/maps for the first mapping that ends behind an address.
 * Source: do_procmap_query() in fs/proc/task_mmu.c. ENOENT: there is none.
 */
struct page_size_query {
	uint64_t size;	/**< of this structure */
	uint64_t flags; /**< PAGE_SIZE_OR_NEXT */
	uint64_t addr;
	uint64_t start, end; /**< filled, like the rest */
	uint64_t map_flags;
	uint64_t page_size;
	uint64_t unused[6];
};

#define PAGE_SIZE_QUERY	  _IOWR('f', 17, struct page_size_query)
#define PAGE_SIZE_OR_NEXT 0x10u

#endif /* PAGE_SIZE_H */
