/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>

#include "pin.h"

/* REGISTER or UNREGISTER one region in one group's container. */
static int
pin(struct ddw_space *space, unsigned int i, enum ddw_op op, uint64_t vaddr, uint64_t size)
{
	struct vfio_iommu_spapr_register_memory reg = {
		.argsz = sizeof(reg),
		.vaddr = vaddr,
		.size = size,
	};

	return space_ioctl(space, op, space->groups[i].container_fd, &reg);
}

/*
 * Unregister a region that nothing maps any more, in all groups. One that the
 * kernel does not let go stays in the ledger, so that it is never mapped again.
 */
static int
drop_region(struct ddw_space *space, struct region *r, struct ddw_error *err)
{
	char text[SPACE_RESULT];
	unsigned int i;
	int ret = 0, one;

	for (i = 0; i < space->n_groups; i++) {
		if (!(r->groups & group_bit(i)))
			continue;
		one = pin(space, i, DDW_OP_UNREGISTER, r->vaddr, r->size);
		r->groups &= ~group_bit(i);
		if (one == 0 || space_group_left(space, i, DDW_OP_UNREGISTER))
			continue;
		r->suspect = true;
		ret = ddw_fail(err, DDW_MSG_UNMAP_FAILED, space_errno(one),
			       "%s: memory at 0x%" PRIx64 " cannot be unregistered: %s",
			       space->groups[i].info.name, r->vaddr,
			       space_result(one, text, sizeof(text)));
	}
	if (!r->suspect)
		ledger_drop_region(&space->ledger, r);
	return ret;
}

int
pin_drop(struct ddw_space *space, uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	uint64_t last = vaddr + (len - 1);
	struct region *r, *next;
	int ret = 0, one;

	for (r = ledger_region_at(&space->ledger, vaddr); r != NULL && r->vaddr <= last; r = next) {
		next = ledger_region_next(r);
		if (r->held || r->mapped != 0 || (r->groups == 0 && r->suspect))
			continue;
		one = drop_region(space, r, ret == 0 ? err : NULL);
		ret = ret != 0 ? ret : one;
	}
	return ret;
}

int
pin_one(struct ddw_space *space, unsigned int i, struct region *r, struct ddw_error *err)
{
	char text[SPACE_RESULT];
	int ret;

	/* sPAPR v1 pins page by page when it maps. */
	if (space->groups[i].info.caps.v1)
		return 0;
	ret = pin(space, i, DDW_OP_REGISTER, r->vaddr, r->size);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_REGISTER_FAILED, space_errno(ret),
				"%s: %" PRIu64 " bytes at 0x%" PRIx64 " cannot be registered: %s",
				space->groups[i].info.name, r->size, r->vaddr,
				space_result(ret, text, sizeof(text)));
	r->groups |= group_bit(i);
	return 0;
}

int
pin_all(struct ddw_space *space, uint64_t vaddr, uint64_t len, uint64_t piece,
	struct ddw_error *err)
{
	uint64_t set = space_usable(space), off, size;
	struct region *r;
	unsigned int i;
	int ret;

	for (off = 0; off < len; off += size) {
		size = len - off < piece ? len - off : piece;
		r = ledger_add_region(&space->ledger, vaddr + off, size);
		for (i = 0; i < space->n_groups; i++) {
			if (!(set & group_bit(i)))
				continue;
			ret = pin_one(space, i, r, err);
			if (ret != 0 && space_group_left(space, i, DDW_OP_REGISTER)) {
				ddw_error_clear(err);
				set &= ~group_bit(i);
			} else if (ret != 0) {
				return ret;
			}
		}
	}
	return 0;
}
