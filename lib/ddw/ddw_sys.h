/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DDW_SYS_H
#define DDW_SYS_H

/**
 * @file
 * Reach everything outside of the process through one table of functions.
 *
 * ddw_sys_linux() is the real one. Tests pass a simulated kernel instead.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Locked memory as the kernel counts it, in bytes. */
struct ddw_memlock {
	bool unlimited; /**< no limit applies (RLIM_INFINITY, CAP_IPC_LOCK) */
	uint64_t limit; /**< RLIMIT_MEMLOCK */
	uint64_t used;	/**< locked already by this process */
};

/**
 * Calls into the kernel. Each returns a negative errno on failure.
 *
 * The functions must be callable from any thread.
 */
struct ddw_sys {
	void *ctx; /**< passed to each function */

	/** Open @p path with @p flags of open(2). Returns a file descriptor. */
	int (*open)(void *ctx, const char *path, int flags);
	/** Close a file descriptor. */
	int (*close)(void *ctx, int fd);
	/**
	 * ioctl(2). Returns what ioctl returned when that is >= 0, else -errno.
	 * A positive value is a failure for most sPAPR ioctls and is kept.
	 */
	int (*ioctl)(void *ctx, int fd, unsigned long request, void *arg);
	/** Read all of @p size bytes of an open file at @p offset; -EIO: there are fewer. */
	int (*read_at)(void *ctx, int fd, void *buf, size_t size, uint64_t offset);
	/** Write all of @p size bytes to an open file at @p offset; -EIO: it took fewer. */
	int (*write_at)(void *ctx, int fd, const void *buf, size_t size, uint64_t offset);
	/** Read a small file; the text is NUL-terminated. Returns its length. */
	int (*read_file)(void *ctx, const char *path, char *buf, size_t size);
	/**
	 * Call @p line with each line of a text, of any length, until it returns
	 * non-zero. A NUL ends a line too; a line longer than 8192 bytes comes in parts.
	 * Of a device that would block, such as /dev/kmsg, all that is there now.
	 * Returns that value, or 0.
	 */
	int (*read_lines)(void *ctx, const char *path, int (*line)(const char *text, void *arg),
			  void *arg);
	/** Read a symbolic link; the text is NUL-terminated. Returns its length. */
	int (*read_link)(void *ctx, const char *path, char *buf, size_t size);
	/**
	 * Call @p entry with the name of each entry of a directory, "." and ".."
	 * left out, until it returns non-zero. Returns that value, or 0.
	 */
	int (*list_dir)(void *ctx, const char *path, int (*entry)(const char *name, void *arg),
			void *arg);
	/** Limit and use of locked memory. */
	int (*memlock)(void *ctx, struct ddw_memlock *ml);
	/**
	 * A page of memory that can be pinned, populated and zeroed; its size is that
	 * of the kernel's pages.
	 */
	int (*page_get)(void *ctx, uint64_t *vaddr, uint64_t *size);
	/** Give back a page of page_get(). Cannot fail. */
	void (*page_put)(void *ctx, uint64_t vaddr, uint64_t size);
	/** Monotonic time in nanoseconds. Cannot fail. */
	uint64_t (*clock_ns)(void *ctx);
	/** Number of the process that calls, see getpid(2). Cannot fail. */
	int (*pid)(void *ctx);
};

/**
 * Get the functions that reach the running Linux.
 *
 * @return
 *   A constant table.
 * Thread safety: any thread.
 */
const struct ddw_sys *ddw_sys_linux(void);

/** One size of hugepage that the machine has, or can make. */
struct ddw_hugepages {
	uint64_t page_size; /**< bytes */
	uint64_t count;	    /**< pages that exist, used or free, and those of on_demand */
	uint64_t on_demand; /**< of these, pages that the kernel makes when they are asked for */
};

/**
 * List the hugepages that a program can get, by size, smallest first: those that exist,
 * and what nr_overcommit_hugepages allows beyond, but no more of these than memory.
 * Source: nr_hugepages, nr_overcommit_hugepages and surplus_hugepages in
 * /sys/kernel/mm/hugepages/hugepages-*kB; MemTotal in /proc/meminfo.
 *
 * @param sys
 *   Calls into the kernel.
 * @param pages
 *   Filled with the sizes of which there is at least one page.
 * @param max
 *   Room in @p pages.
 * @return
 *   Number of entries filled; -E2BIG when there are more; another negative errno.
 * Thread safety: any thread.
 */
int ddw_hugepages_read(const struct ddw_sys *sys, struct ddw_hugepages *pages, unsigned int max);

/**
 * Ask whether the kernel could give a program so much memory in hugepages of one size
 * now: pages that are free and not reserved, and those made on demand.
 *
 * @param sys
 *   Calls into the kernel.
 * @param page_size
 *   Bytes of a page.
 * @param bytes
 *   Memory that is wanted.
 * @return
 *   False when it is certain that the kernel has too few pages of this size.
 * Thread safety: any thread.
 */
bool ddw_hugepages_enough(const struct ddw_sys *sys, uint64_t page_size, uint64_t bytes);

#ifdef __cplusplus
}
#endif

#endif /* DDW_SYS_H */
