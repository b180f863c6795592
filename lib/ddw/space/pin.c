/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Keep memory registered that is pinned, whether it is mapped or not. */

#include <errno.h>
#include <inttypes.h>

#include "ddw_units.h"
#include "space/pin.h"
#include "space/register.h"

/* First region that is held and meets [vaddr, last]; NULL when there is none. */
static struct region *
first_pinned_region(struct ddw_space *space, uint64_t vaddr, uint64_t last)
{
	struct region *r = ddw_ledger_region_at(&space->ledger, vaddr);

	while (r != NULL && r->vaddr <= last && !r->held)
		r = ddw_ledger_region_next(r);
	return r != NULL && r->vaddr <= last ? r : NULL;
}

/* The next one. */
static struct region *
next_pinned_region(struct ddw_space *space, const struct region *r, uint64_t last)
{
	uint64_t r_last = r->vaddr + (r->size - 1);

	return r_last >= last ? NULL : first_pinned_region(space, r_last + 1, last);
}

static int
fail_not_pinned(uint64_t vaddr, uint64_t len, uint64_t at, struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
			   "memory at 0x%" PRIx64 ", %" PRIu64 " bytes, is not pinned as a whole",
			   vaddr, len);

	ddw_error_why(err, "nothing is pinned at 0x%" PRIx64, at);
	ddw_error_fix(err, "pin the memory before you map it");
	return ret;
}

static int
fail_small_piece(const struct region *r, uint64_t page, struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
			   "memory at 0x%" PRIx64 " is pinned in a piece of %" PRIu64 " bytes, "
			   "but the window has IOMMU pages of %" PRIu64 " bytes",
			   r->vaddr, r->size, page);

	ddw_error_why(err, "the kernel maps only whole IOMMU pages inside one registration");
	ddw_error_fix(err, "pin the memory in pieces of whole IOMMU pages");
	return ret;
}

int
ddw_check_pinned(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t page,
		 struct ddw_error *err)
{
	uint64_t last = vaddr + (len - 1), at = vaddr;
	const struct extent *e;
	const struct region *r;

	for (r = first_pinned_region(space, vaddr, last); r != NULL;
	     r = next_pinned_region(space, r, last)) {
		if (r->vaddr > at)
			return fail_not_pinned(vaddr, len, at, err);
		/* mm_iommu_do_alloc() takes the alignment of the registration for its pages */
		if (!ddw_is_aligned(r->vaddr | r->size, page))
			return fail_small_piece(r, page, err);
		at = r->vaddr + r->size; /* 0 at the end of all memory */
	}
	if (at != 0 && at <= last)
		return fail_not_pinned(vaddr, len, at, err);
	e = ddw_ledger_extent_at(&space->ledger, vaddr);
	if (e != NULL && e->vaddr <= last)
		return ddw_fail(err, DDW_MSG_MEMORY_OVERLAP, EEXIST,
				"memory at 0x%" PRIx64 ", %" PRIu64 " bytes, is already mapped",
				vaddr, len);
	return 0;
}

/* Page of which pinned memory is made. */
static uint64_t
pin_page_size(struct ddw_space *space)
{
	uint64_t smallest = ddw_smallest_page(space), kernel = ddw_kernel_page(space);

	return smallest > kernel ? smallest : kernel;
}

static int
pin_locked(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t piece,
	   struct ddw_error *err)
{
	uint64_t page;
	struct region *r;
	int ret;

	if (!space->windows_open)
		return ddw_fail_no_window(err);
	page = pin_page_size(space);
	piece = piece == 0 ? len : piece;
	ret = ddw_check_memory(space, vaddr, len, page, err);
	if (ret != 0)
		return ret;
	if (!ddw_is_aligned(piece, page))
		return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				"pieces of %" PRIu64
				" bytes are not multiples of the page size, %" PRIu64 " bytes",
				piece, page);
	ret = ddw_check_unregistered(space, vaddr, len, err);
	if (ret != 0)
		return ret;
	if (ddw_ledger_reserve(&space->ledger, 0, (len - 1) / piece + 1) != 0)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot extend the ledger");
	ret = ddw_register_memory(space, vaddr, len, piece, err);
	if (ret != 0) {
		(void)ddw_unregister_unused(space, vaddr, len,
					    NULL); /* the first error is the one to tell */
		return ret;
	}
	for (r = ddw_ledger_region_at(&space->ledger, vaddr);
	     r != NULL && r->vaddr <= vaddr + (len - 1); r = ddw_ledger_region_next(r))
		r->held = true;
	return 0;
}

/* May all that is held in the range go? */
static int
check_unpin(struct ddw_space *space, uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	uint64_t last = vaddr + (len - 1);
	const struct region *r;
	int ret;

	for (r = first_pinned_region(space, vaddr, last); r != NULL;
	     r = next_pinned_region(space, r, last)) {
		if (r->vaddr < vaddr || r->vaddr + (r->size - 1) > last) {
			ret = ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				       "memory at 0x%" PRIx64 ", %" PRIu64 " bytes, is only part "
				       "of the memory pinned at 0x%" PRIx64 ", %" PRIu64 " bytes",
				       vaddr, len, r->vaddr, r->size);
			ddw_error_why(err, "the kernel unregisters only what was registered in "
					   "one call");
			ddw_error_fix(err, "unpin whole pieces");
			return ret;
		}
		if (r->mapped != 0) {
			ret = ddw_fail(err, DDW_MSG_BAD_RANGE, EBUSY,
				       "%" PRIu64 " bytes of the memory at 0x%" PRIx64
				       " are still mapped",
				       r->mapped, r->vaddr);
			ddw_error_why(err, "devices can still reach the memory");
			ddw_error_fix(err, "unmap it before you unpin it");
			return ret;
		}
	}
	return 0;
}

static int
unpin_locked(struct ddw_space *space, uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	uint64_t last = vaddr + (len - 1);
	struct region *r;
	int ret;

	ret = ddw_check_memory(space, vaddr, len, ddw_smallest_page(space), err);
	if (ret == 0)
		ret = check_unpin(space, vaddr, len, err);
	if (ret != 0)
		return ret;
	for (r = first_pinned_region(space, vaddr, last); r != NULL;
	     r = next_pinned_region(space, r, last))
		r->held = false;
	return ddw_unregister_unused(space, vaddr, len, err);
}

int
ddw_space_pin(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t piece,
	      struct ddw_error *err)
{
	int ret;

	ret = ddw_space_lock(space, err);
	if (ret != 0)
		return ret;
	ret = pin_locked(space, vaddr, len, piece, err);
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

int
ddw_space_unpin(struct ddw_space *space, uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	int ret;

	ret = ddw_space_lock(space, err);
	if (ret != 0)
		return ret;
	ret = unpin_locked(space, vaddr, len, err);
	(void)pthread_mutex_unlock(&space->lock);
	return ret;
}

bool
ddw_space_pinned(struct ddw_space *space, uint64_t vaddr)
{
	bool pinned;

	(void)pthread_mutex_lock(&space->lock);
	pinned = first_pinned_region(space, vaddr, vaddr) != NULL;
	(void)pthread_mutex_unlock(&space->lock);
	return pinned;
}

void
ddw_unpin_all(struct ddw_space *space)
{
	struct region *r;

	for (r = ddw_ledger_region_at(&space->ledger, 0); r != NULL; r = ddw_ledger_region_next(r))
		r->held = false;
}
