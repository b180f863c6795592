/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MODEL_H
#define MODEL_H

/**
 * @file
 * A simulated kernel: VFIO with sPAPR TCE v2 on pSeries and PowerNV, as a
 * struct ddw_sys. It follows the real one in what it checks, in which order,
 * and in what it does not check; where the real one would corrupt its memory
 * or leak, the model records a violation, see model_check().
 */

#include <stdbool.h>
#include <stdint.h>

#include "ddw_sys.h"

/** Page of the simulated kernel, unless model_set_page_shift() says otherwise. */
#define MODEL_PAGE_SHIFT 16
#define MODEL_PAGE_SIZE	 (UINT64_C(1) << MODEL_PAGE_SHIFT)
/** Processes that live at the same time. */
#define MODEL_PROCESSES 64
/** Bus address of the second window. */
#define MODEL_HIGH (UINT64_C(1) << 59)

#define MODEL_4K  UINT64_C(0x1000)
#define MODEL_64K UINT64_C(0x10000)
#define MODEL_2M  UINT64_C(0x200000)
#define MODEL_16M UINT64_C(0x1000000)
#define MODEL_1G  UINT64_C(0x40000000)

struct model;

enum model_platform { MODEL_PSERIES, MODEL_POWERNV };

/** An IOMMU group (a PE). */
struct model_group_cfg {
	int number;
	enum model_platform platform;
	uint32_t dma32_start;	/**< default window */
	uint32_t dma32_size;	/**< default window */
	uint64_t pgsizes;	/**< what GET_INFO says */
	uint64_t firmware_pgs;	/**< what CREATE can do; pSeries latches another set */
	uint32_t max_windows;	/**< UINT32_MAX: no DDW */
	uint32_t levels;	/**< what GET_INFO says */
	uint64_t largest_block; /**< firmware's largest window in bytes; 0 = any */
	uint32_t level_shift;	/**< PowerNV: log2 of the largest block of memory; 0 = any */
	uint64_t least_block;	/**< firmware fails to make smaller windows; 0 = none */
	uint64_t block_beside;	/**< the same beside a default window; 0 = as without it */
	uint64_t alone_start;	/**< pSeries: where a DDW starts with no default window */
	uint64_t high_start;	/**< pSeries: where it starts next to one */
	bool poisoned;		/**< DDW failed earlier: CREATE is ENODEV until reboot */
	int set_iommu_error;	/**< old kernel: errno of SET_IOMMU(7); 0 = it works */
	bool busy;		/**< another process has it open */
	bool missing;		/**< no /dev/vfio/N */
	bool denied;		/**< no permission on /dev/vfio/N */
};

/** LPAR under QEMU or PowerVM: two windows, DDW at 1 << 59 next to the default one. */
struct model_group_cfg model_pseries(int number);
/** SR-IOV VF or slot whose firmware has a single window. */
struct model_group_cfg model_single_window(int number);
/** LPAR without ibm,ddw-applicable. */
struct model_group_cfg model_no_ddw(int number);
/** Bare metal. */
struct model_group_cfg model_powernv(int number);
/** pSeries of a kernel that has sPAPR v1 only. */
struct model_group_cfg model_old_kernel(int number);

struct model *model_create(void);
/** Free the model, whatever its state. */
void model_destroy(struct model *m);
const struct ddw_sys *model_sys(struct model *m);

/**
 * log2 of the page of the simulated kernel: REGISTER wants this alignment, and
 * charges are counted in such pages. Before anything else is done with the model.
 */
void model_set_page_shift(struct model *m, unsigned int shift);
/**
 * Misuse that the kernel refuses, or that harms the caller alone, is no violation
 * any more: for programs that show what the kernel answers to it.
 */
void model_permit(struct model *m);

/* processes: calls come from process 0, until model_switch() */

/** A new process with no file open. Returns its number. */
int model_spawn(struct model *m);
/** A copy of the current process, which shares its open files. Returns its number. */
int model_fork(struct model *m);
/** Calls and questions about memory are from now on those of another process. */
void model_switch(struct model *m, int process);
/** A process ends, by exit or by a signal: all its files are closed at once. */
void model_exit(struct model *m, int process);

/* machine */

void model_add_group(struct model *m, const struct model_group_cfg *cfg);
/** Configuration of a group, to be changed at will; NULL when there is none. */
struct model_group_cfg *model_group_cfg(struct model *m, int number);
/** A device in sysfs; @p driver "" for none. The group may have no /dev/vfio node. */
void model_add_device(struct model *m, int number, const char *pci, const char *driver);
void model_add_file(struct model *m, const char *path, const char *text);
void model_add_link(struct model *m, const char *path, const char *target);
void model_add_hugepages(struct model *m, uint64_t page_size, uint64_t count);
/** Another counter of these pages, such as "nr_overcommit_hugepages". */
void model_add_hugepage_counter(struct model *m, uint64_t page_size, const char *counter,
				uint64_t count);
void model_set_memlock(struct model *m, bool unlimited, uint64_t limit);
/** Make the next calls of one of the non-ioctl functions fail; 0 = work again. */
void model_fail_memlock(struct model *m, int err);

/* memory of the process */

/** Populate memory backed by pages of 2^page_shift bytes. */
void model_add_memory(struct model *m, uint64_t vaddr, uint64_t len, unsigned int page_shift);
/** munmap: a violation when a TCE still points to any of it. */
void model_free_memory(struct model *m, uint64_t vaddr, uint64_t len);

/* faults */

/**
 * Fail ioctls: those of @p request (0 = all), the @p nth of them from now on,
 * counted from 1, and @p count of them in a row (0 = all of them), with the result
 * @p ret: -errno or a positive value. With @p after the ioctl is carried out
 * before it reports the failure.
 */
void model_fail(struct model *m, unsigned long request, unsigned int nth, unsigned int count,
		int ret, bool after);
/** Stop failing. */
void model_fail_none(struct model *m);
/** Ioctls that were made to fail since the last model_fail(). */
unsigned int model_failed(const struct model *m);

/* questions */

/** Number of ioctls of @p request so far (0 = all). */
unsigned int model_count(const struct model *m, unsigned long request);
/** CREATE ioctls that were issued on a group. */
unsigned int model_creates(const struct model *m, int number);
bool model_poisoned(const struct model *m, int number);
/** True when the group is in a container. */
bool model_attached(const struct model *m, int number);
/** Windows that a group has now. */
unsigned int model_windows(const struct model *m, int number);
/** TCEs that are live now, over all groups. */
uint64_t model_tces(const struct model *m);
/** TCEs that are live now in the windows of one group. */
uint64_t model_group_tces(const struct model *m, int number);
/** Regions registered by any process, leaked ones included. */
unsigned int model_regions(const struct model *m);
/** Those of the current process. */
unsigned int model_process_regions(const struct model *m);
/** Locked memory that is charged to the current process, in bytes. */
uint64_t model_locked(const struct model *m);
/** Charges that failed CREATEs of the kernel itself lost. */
uint64_t model_lost_charge(const struct model *m);
/** Largest number of bytes of one MAP or UNMAP divided by the window's page. */
uint64_t model_longest_map(const struct model *m);

/**
 * A device of the group accesses @p len bytes at @p iova.
 *
 * @return
 *   0 and the address of the memory, which is contiguous; -EFAULT when the
 *   access would freeze the PE or is not contiguous.
 */
int model_dma(struct model *m, int number, uint64_t iova, uint64_t len, uint64_t *vaddr);

/** Check the invariants. NULL, or the first one that was broken, in words. */
const char *model_check(struct model *m);
/** The same, and every TCE is looked at, which takes long. */
const char *model_check_all(struct model *m);
/** What is left after everything was closed: NULL, or what in words. */
const char *model_leaks(struct model *m);

#endif /* MODEL_H */
