/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Register and unregister memory, and lift the quarantine of what the kernel has let go. */

#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>

#include "ddw_units.h"
#include "space/register.h"

/* REGISTER or UNREGISTER one region in one group's container. */
static int
register_ioctl(struct ddw_space *space, unsigned int i, enum ddw_op op, uint64_t vaddr,
	       uint64_t size)
{
	struct vfio_iommu_spapr_register_memory reg = {
		.argsz = sizeof(reg),
		.vaddr = vaddr,
		.size = size,
	};

	return ddw_space_ioctl(space, op, space->groups[i].container_fd, &reg);
}

/*
 * Unregister a region that nothing maps any more, in all groups. One that the
 * kernel does not let go stays in the ledger, so that it is never mapped again.
 */
static int
unregister_region(struct ddw_space *space, struct region *r, struct ddw_error *err)
{
	char text[SPACE_RESULT];
	unsigned int i;
	int ret = 0, one;

	for (i = 0; i < space->n_groups; i++) {
		if (!(r->groups & group_bit(i)))
			continue;
		one = register_ioctl(space, i, DDW_OP_UNREGISTER, r->vaddr, r->size);
		r->groups &= ~group_bit(i);
		if (one == 0 || ddw_space_group_left(space, i, DDW_OP_UNREGISTER))
			continue;
		r->quarantined = true;
		ret = ddw_fail(err, DDW_MSG_UNMAP_FAILED, ddw_space_errno(one),
			       "%s: memory at 0x%" PRIx64 " cannot be unregistered: %s",
			       space->groups[i].info.name, r->vaddr,
			       ddw_space_result(one, text, sizeof(text)));
	}
	if (!r->quarantined)
		ddw_ledger_drop_region(&space->ledger, r);
	return ret;
}

int
ddw_unregister_unused(struct ddw_space *space, uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	uint64_t last = vaddr + (len - 1);
	struct region *r, *next;
	int ret = 0, one;

	for (r = ddw_ledger_region_at(&space->ledger, vaddr); r != NULL && r->vaddr <= last;
	     r = next) {
		next = ddw_ledger_region_next(r);
		if (r->held || r->mapped != 0 || (r->groups == 0 && r->quarantined))
			continue;
		one = unregister_region(space, r, ret == 0 ? err : NULL);
		ret = ret != 0 ? ret : one;
	}
	return ret;
}

int
ddw_register_region(struct ddw_space *space, unsigned int i, struct region *r,
		    struct ddw_error *err)
{
	char text[SPACE_RESULT];
	int ret;

	/* sPAPR v1 pins page by page when it maps. */
	if (space->groups[i].info.caps.v1)
		return 0;
	ret = register_ioctl(space, i, DDW_OP_REGISTER, r->vaddr, r->size);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_REGISTER_FAILED, ddw_space_errno(ret),
				"%s: %" PRIu64 " bytes at 0x%" PRIx64 " cannot be registered: %s",
				space->groups[i].info.name, r->size, r->vaddr,
				ddw_space_result(ret, text, sizeof(text)));
	r->groups |= group_bit(i);
	return 0;
}

int
ddw_register_memory(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t piece,
		    struct ddw_error *err)
{
	uint64_t set = ddw_space_usable(space), off, size;
	struct region *r;
	unsigned int i;
	int ret;

	for (off = 0; off < len; off += size) {
		size = len - off < piece ? len - off : piece;
		r = ddw_ledger_add_region(&space->ledger, vaddr + off, size);
		for (i = 0; i < space->n_groups; i++) {
			if (!(set & group_bit(i)))
				continue;
			ret = ddw_register_region(space, i, r, err);
			if (ret != 0 && ddw_space_group_left(space, i, DDW_OP_REGISTER)) {
				ddw_error_clear(err);
				set &= ~group_bit(i);
			} else if (ret != 0) {
				return ret;
			}
		}
	}
	return 0;
}

uint64_t
ddw_kernel_page(struct ddw_space *space)
{
	const struct ddw_sys *sys = space->sys;
	uint64_t vaddr, size;

	if (space->kernel_page == 0) {
		if (sys->page_get(sys->ctx, &vaddr, &size) != 0)
			return 1;
		sys->page_put(sys->ctx, vaddr, size);
		space->kernel_page = size;
	}
	return space->kernel_page;
}

/*
 * Has the kernel let go of a region? It refuses to register a part of one that it has
 * (mm_iommu_do_alloc() looks for an overlap), but takes the whole of one for the same
 * region (mm_iommu_get()): a page proves nothing about a region of one page.
 */
static bool
is_region_gone(struct ddw_space *space, const struct region *r, uint64_t vaddr)
{
	uint64_t page = ddw_kernel_page(space), errors = space->ops[DDW_OP_REGISTER].errors;
	uint64_t at = r->vaddr > vaddr ? r->vaddr : vaddr;
	unsigned int i;

	if (!r->quarantined || r->held || r->mapped != 0 || r->groups != 0 || r->size <= page)
		return false;
	for (i = 0; i < space->n_groups; i++) {
		if (!space->groups[i].info.usable || space->groups[i].info.caps.v1)
			continue;
		if (register_ioctl(space, i, DDW_OP_REGISTER, at, page) == 0)
			return register_ioctl(space, i, DDW_OP_UNREGISTER, at, page) == 0;
		/* "No" is an answer here, not a failure. */
		space->ops[DDW_OP_REGISTER].errors = errors;
		if (!ddw_space_group_gone(space, i))
			return false;
	}
	return false;
}

int
ddw_check_memory(const struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t page,
		 struct ddw_error *err)
{
	uint64_t last;

	if (!space->windows_open)
		return ddw_fail_no_window(err);
	if (len == 0 || !ddw_is_aligned(vaddr | len, page) || !ddw_add(vaddr, len - 1, &last))
		return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
				"memory at 0x%" PRIx64 ", %" PRIu64 " bytes, is not aligned to "
				"pages of %" PRIu64 " bytes",
				vaddr, len, page);
	return 0;
}

static int
fail_overlap(uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	return ddw_fail(err, DDW_MSG_MEMORY_OVERLAP, EEXIST,
			"memory at 0x%" PRIx64 ", %" PRIu64 " bytes, is already registered", vaddr,
			len);
}

int
ddw_check_unregistered(struct ddw_space *space, uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	struct region *r = ddw_ledger_region_at(&space->ledger, vaddr), *next;

	for (; r != NULL && r->vaddr <= vaddr + (len - 1); r = next) {
		next = ddw_ledger_region_next(r);
		if (!is_region_gone(space, r, vaddr))
			return fail_overlap(vaddr, len, err);
		ddw_ledger_drop_region(&space->ledger, r);
	}
	return 0;
}
