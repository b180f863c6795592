/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "rig.h"

/* Machines, memory, processes and files of scenarios. */

static void
place(struct rig_machine *mc, enum rig_role role, struct model_group_cfg cfg)
{
	struct rig_group *g = &mc->groups[role];

	g->here = true;
	g->cfg = cfg;
	g->cfg.alone_start = MODEL_HIGH; /* as QEMU has it */
	snprintf(g->pci, sizeof(g->pci), "%04x:00:01.0", 1 + (unsigned int)role);
}

void
rig_machine_pseries(struct rig_machine *mc, unsigned int page_shift)
{
	int i;

	memset(mc, 0, sizeof(*mc));
	snprintf(mc->name, sizeof(mc->name), "pseries-%uk", (1u << page_shift) >> 10);
	mc->page_shift = page_shift;
	for (i = RIG_A; i <= RIG_OTHER_SPARE; i++)
		place(mc, (enum rig_role)i, model_pseries(1 + i));
	place(mc, RIG_NO_DDW, model_no_ddw(1 + RIG_NO_DDW));
}

void
rig_machine_powernv(struct rig_machine *mc)
{
	int i;

	memset(mc, 0, sizeof(*mc));
	snprintf(mc->name, sizeof(mc->name), "powernv");
	mc->powernv = true;
	mc->page_shift = 12;
	for (i = RIG_A; i <= RIG_OTHER_SPARE; i++)
		place(mc, (enum rig_role)i, model_powernv(1 + i));
}

uint64_t
rig_memory(struct rig *r, uint64_t vaddr, uint64_t len, bool huge)
{
	unsigned int shift = huge ? 21 : r->machine->page_shift;

	if (r->n_areas == RIG_AREAS)
		abort();
	r->areas[r->n_areas++] = (struct rig_area){ vaddr, len, shift };
	if (r->model != NULL)
		model_add_memory(r->model, vaddr, len, shift);
	else
		rig_real_memory(r, vaddr, len, huge);
	return vaddr;
}

/* Areas are given back as a whole or from either end. */
void
rig_give_back(struct rig *r, uint64_t vaddr, uint64_t len)
{
	struct rig_area *a, rest;
	unsigned int i;

	for (i = 0; i < r->n_areas; i++) {
		a = &r->areas[i];
		if (vaddr < a->vaddr || vaddr + len > a->vaddr + a->len)
			continue;
		rest = (struct rig_area){ vaddr + len, a->vaddr + a->len - vaddr - len, a->shift };
		a->len = vaddr - a->vaddr;
		if (a->len == 0)
			*a = r->areas[--r->n_areas];
		if (rest.len != 0) {
			if (r->n_areas == RIG_AREAS)
				abort();
			r->areas[r->n_areas++] = rest;
		}
		break;
	}
	if (r->model != NULL)
		model_free_memory(r->model, vaddr, len);
	else
		(void)munmap((void *)(uintptr_t)vaddr, len); /* it was mapped above */
}

void
rig_limit(struct rig *r, uint64_t bytes)
{
	if (r->model != NULL)
		model_set_memlock(r->model, false, bytes);
	else
		rig_real_limit(bytes);
}

void
rig_fork(struct rig *r)
{
	if (r->model != NULL)
		r->child = model_fork(r->model);
	else
		rig_real_fork(r);
}

void
rig_as_child(struct rig *r, bool child)
{
	r->as_child = child;
	if (r->model != NULL)
		model_switch(r->model, child ? r->child : 0);
}

void
rig_reap(struct rig *r, bool kill)
{
	unsigned int i;

	rig_as_child(r, false);
	if (r->model != NULL)
		model_exit(r->model, r->child);
	else
		rig_real_reap(r, kill);
	r->child = -1;
	for (i = 0; i < r->n_files; i++)
		if (r->files[i].child)
			r->files[i].open = false;
}

int
rig_open_container(struct rig *r, enum rig_role role)
{
	r->container[role] = r->sys.open(r, "/dev/vfio/vfio", O_RDWR);
	return r->container[role];
}

int
rig_open_group(struct rig *r, enum rig_role role)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/vfio/%d", r->machine->groups[role].cfg.number);
	r->group[role] = r->sys.open(r, path, O_RDWR);
	if (r->group[role] < 0) {
		int err = r->group[role];

		r->group[role] = -1;
		return err;
	}
	return r->group[role];
}

void
rig_close(struct rig *r, int *fd)
{
	if (*fd >= 0)
		(void)r->sys.close(r, *fd);
	*fd = -1;
}

/* The group leaves its container with its last file. */
void
rig_close_group(struct rig *r, enum rig_role role)
{
	rig_close(r, &r->device[role]);
	rig_close(r, &r->group[role]);
}

/*
 * Pages of an extent that a group really maps. That is all of them, but where an
 * UNMAP has failed: a part may be unmapped then of what the ledger keeps as a whole.
 */
static uint64_t
count_mapped(struct rig *r, int number, const struct ddw_extent *e)
{
	uint64_t page = UINT64_C(1) << e->page_shift, at, n = 0, off;

	if (model_dma(r->model, number, e->iova, e->len, &at) == 0 && at == e->vaddr)
		return e->len >> e->page_shift;
	if (r->fault.unproven == 0)
		rig_fail(r, "0x%" PRIx64 " is not mapped at 0x%" PRIx64, e->vaddr, e->iova);
	for (off = 0; off < e->len; off += page)
		n += model_dma(r->model, number, e->iova + off, page, &at) == 0 &&
		     at == e->vaddr + off;
	return n;
}

/* What libddw has written down is in the kernel, page by page, and nothing else is. */
static void
check_ledger(struct rig *r)
{
	struct ddw_extent extents[64];
	uint64_t from = 0, tces = 0;
	struct ddw_group_info info;
	unsigned int n, i, g;

	do {
		n = ddw_space_maps(r->space, from, extents, 64);
		for (i = 0; i < n; i++) {
			const struct ddw_extent *e = &extents[i];

			from = e->vaddr + e->len;
			for (g = 0; ddw_space_group(r->space, g, &info) == 0; g++) {
				/* one that has left is found out by the next call */
				if (!(e->groups >> g & 1) || !model_attached(r->model, info.number))
					continue;
				tces += count_mapped(r, info.number, e);
			}
		}
	} while (n == 64);
	if (tces != model_tces(r->model))
		rig_fail(r, "of %" PRIu64 " TCEs the ledger knows %" PRIu64, model_tces(r->model),
			 tces);
}

void
rig_check(struct rig *r)
{
	const char *broken;

	if (r->model == NULL)
		return;
	broken = model_check(r->model);
	if (broken != NULL)
		rig_fail(r, "%s", broken);
	if (r->space != NULL)
		check_ledger(r);
}
