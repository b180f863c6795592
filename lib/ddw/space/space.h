/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SPACE_H
#define SPACE_H

/* The inside of a space. Private to libddw. */

#include <pthread.h>

#include "ddw_map.h"
#include "ddw_space.h"
#include "ledger/ledger.h"
#include "space/range.h"

/* One window of a group, as far as this library uses it. */
struct window {
	bool open;
	uint64_t start;
	uint64_t size;
	unsigned int page_shift;
};

struct group {
	struct ddw_group_info info;
	int container_fd;
	int group_fd;
	struct window win[DDW_RANGES];
	bool created;	   /* a dynamic window exists, at info.start */
	bool default_made; /* the kernel has made the default window */
	bool default_gone; /* the default window was removed */
	bool enabled;	   /* sPAPR v1: ENABLE was done */
};

struct ddw_space {
	const struct ddw_sys *sys;
	int pid;	      /* of the process that has created it */
	pthread_mutex_t lock; /* protects everything below */

	enum ddw_iommu iommu; /* which sPAPR to ask for */
	struct group groups[DDW_MAX_GROUPS];
	unsigned int n_groups;

	bool windows_open;
	struct ddw_plan plan; /* with which they were opened */
	struct range ranges[DDW_RANGES];

	struct ledger ledger;
	uint64_t kernel_page; /* bytes; 0: not asked yet */
	struct ddw_op_stats ops[DDW_OP_COUNT];
	uint64_t dropped; /* REGISTERs that went with their group */
};

/*
 * Take the lock for work that calls the kernel; pthread_mutex_unlock() ends it. Not in a child
 * of fork(): -EPERM, with an error, and without the lock, which another thread may have held.
 */
int ddw_space_lock(struct ddw_space *space, struct ddw_error *err);

/*
 * The one way to the kernel: counts and times the call.
 * Returns 0, a negative errno, or the positive value that the kernel returned,
 * which is a failure too.
 */
int ddw_space_ioctl(struct ddw_space *space, enum ddw_op op, int fd, void *arg);

/* Text for the result of ddw_space_ioctl(): the errno or the raw value. */
const char *ddw_space_result(int ret, char *buf, size_t len);
#define SPACE_RESULT 64

/* Negative errno for the result of ddw_space_ioctl(); -EIO for positive values. */
static inline int
ddw_space_errno(int ret)
{
	return ret > 0 ? -EIO : ret;
}

/*
 * Ask the kernel whether a group has left its container, and forget it then.
 * EAL closes a group with its last device at any moment; an ioctl that fails
 * for one group may only mean that, and must not harm the others.
 */
bool ddw_space_group_gone(struct ddw_space *space, unsigned int index);

/* The same after a call that failed; when the group has left, it is not counted as an error. */
bool ddw_space_group_left(struct ddw_space *space, unsigned int index, enum ddw_op op);

/* Forget a group: the kernel has dropped all that it held for it. */
void ddw_space_forget_group(struct ddw_space *space, unsigned int index);

static inline uint64_t
group_bit(unsigned int index)
{
	return UINT64_C(1) << index;
}

/* Bit set of the groups whose windows are usable. */
uint64_t ddw_space_usable(const struct ddw_space *space);

/* The range that a bus address is in; MAIN when it is in none. */
enum ddw_range_id ddw_range_of(const struct ddw_space *space, uint64_t iova);

/* Page of the range that has the smallest ones, bytes. */
uint64_t ddw_smallest_page(const struct ddw_space *space);

/* Fill an error: there is no window, or no group is left that has one. */
int ddw_fail_no_window(struct ddw_error *err);

/*
 * Does the window hold [iova, iova + len), in whole pages? The kernel checks the first page of
 * a MAP or UNMAP only.
 */
bool ddw_window_holds(const struct window *w, uint64_t iova, uint64_t len);

/* The kernel maps without a pause: more pages at once could stall a CPU. */
#define MAP_PAGES_MAX (UINT64_C(1) << 16)

#endif /* SPACE_H */
