/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Memory of the process, locked memory, REGISTER_MEMORY and UNREGISTER_MEMORY. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <linux/vfio.h>

#include "ddw_units.h"
#include "model_internal.h"

int
model_charge(struct model *m, int mm, uint64_t bytes)
{
	if (!m->memlock.unlimited && m->locked[mm] + bytes > m->memlock.limit)
		return -ENOMEM;
	m->locked[mm] += bytes;
	return 0;
}

void
model_uncharge(struct model *m, int mm, uint64_t bytes)
{
	if (bytes > m->locked[mm]) {
		model_violate(m, "locked memory goes below 0");
		bytes = m->locked[mm];
	}
	m->locked[mm] -= bytes;
}

void
model_add_memory(struct model *m, uint64_t vaddr, uint64_t len, unsigned int page_shift)
{
	struct model_range *range = model_alloc(sizeof(*range));

	*range = (struct model_range){ m->memory, vaddr, len, page_shift };
	m->memory = range;
}

const struct model_range *
model_memory_at(const struct model *m, uint64_t vaddr)
{
	const struct model_range *r;

	for (r = m->memory; r != NULL; r = r->next)
		if (vaddr >= r->vaddr && vaddr - r->vaddr < r->len)
			return r;
	return NULL;
}

static void
model_check_tces(struct model *m, const struct model_window *w, uint64_t vaddr, uint64_t len)
{
	const struct model_tce *tce;
	uint64_t left = w->live, c, i;

	/* most tables are long and nearly empty */
	for (c = 0; left != 0 && c < w->n_chunks; c++) {
		for (i = 0; w->chunks[c] != NULL && left != 0 && i < MODEL_CHUNK; i++) {
			tce = &w->chunks[c][i];
			if (tce->region == NULL)
				continue;
			left--;
			if (model_overlap(tce->vaddr, UINT64_C(1) << w->page_shift, vaddr, len))
				model_violate(m,
					      "memory at 0x%" PRIx64
					      " is freed, but iova 0x%" PRIx64 " still leads to it",
					      tce->vaddr,
					      w->start + ((c * MODEL_CHUNK + i) << w->page_shift));
		}
	}
}

/* Cut [vaddr, vaddr + len) out of the populated memory. */
static void
model_cut_memory(struct model *m, uint64_t vaddr, uint64_t len)
{
	struct model_range **link = &m->memory, *r;
	uint64_t end = vaddr + len, r_end;

	while ((r = *link) != NULL) {
		r_end = r->vaddr + r->len;
		if (!model_overlap(r->vaddr, r->len, vaddr, len)) {
			link = &r->next;
			continue;
		}
		*link = r->next;
		if (r->vaddr < vaddr)
			model_add_memory(m, r->vaddr, vaddr - r->vaddr, r->page_shift);
		if (r_end > end)
			model_add_memory(m, end, r_end - end, r->page_shift);
		free(r);
		link = &m->memory;
	}
}

void
model_free_memory(struct model *m, uint64_t vaddr, uint64_t len)
{
	struct model_region *region;
	struct model_range *stale;
	unsigned int i, w;

	for (i = 0; i < m->n_groups; i++)
		for (w = 0; w < 2; w++)
			if (m->groups[i]->container != NULL &&
			    m->groups[i]->container->mm == m->current)
				model_check_tces(m, &m->groups[i]->container->win[w], vaddr, len);
	for (region = m->regions; region != NULL; region = region->next) {
		if (region->mm != m->current ||
		    !model_overlap(region->vaddr, region->size, vaddr, len))
			continue;
		stale = model_alloc(sizeof(*stale));
		*stale = (struct model_range){ region->stale, vaddr, len, 0 };
		region->stale = stale;
	}
	model_cut_memory(m, vaddr, len);
}

static struct model_region *
model_find_region(struct model *m, int mm, uint64_t vaddr, uint64_t size)
{
	struct model_region *r;

	for (r = m->regions; r != NULL; r = r->next)
		if (r->mm == mm && r->vaddr == vaddr && r->size == size)
			return r;
	return NULL;
}

/* mm_iommu_do_alloc(): charge, pin, then look for an overlap. */
static int
model_new_region(struct model *m, int mm, uint64_t vaddr, uint64_t size,
		 struct model_region **region)
{
	unsigned int shift = ddw_log2((vaddr | size) & -(vaddr | size));
	unsigned int backing = m->page_shift;
	const struct model_range *area;
	struct model_region *r;
	uint64_t at;
	int ret;

	if (size == 0)
		return -ENOMEM;
	ret = model_charge(m, mm, size);
	if (ret != 0)
		return ret;
	for (at = vaddr; at < vaddr + size; at = area->vaddr + area->len) {
		area = model_memory_at(m, at);
		if (area == NULL) {
			model_uncharge(m, mm, size);
			/* part of it pinned: the count comes back instead of an errno */
			return at == vaddr ? -EFAULT : (int)((at - vaddr) >> m->page_shift);
		}
		/* pages behind a hugepage pass for such ones too */
		if (area->page_shift > backing)
			backing = area->page_shift;
		if (backing < shift)
			shift = backing;
	}
	for (r = m->regions; r != NULL; r = r->next) {
		if (r->mm == mm && model_overlap(r->vaddr, r->size, vaddr, size)) {
			model_uncharge(m, mm, size);
			return -EINVAL;
		}
	}
	r = model_alloc(sizeof(*r));
	*r = (struct model_region){
		.next = m->regions,
		.mm = mm,
		.vaddr = vaddr,
		.size = size,
		.page_shift = shift,
		.used = 1,
	};
	m->regions = r;
	*region = r;
	return 0;
}

/* mm_iommu_put(): its -EBUSY is what nobody looks at. */
static int
model_put_region(struct model *m, struct model_region *region)
{
	struct model_region **link = &m->regions;
	struct model_range *stale;

	if (--region->used != 0)
		return 0;
	if (region->mapped != 0) {
		region->used++;
		return -EBUSY;
	}
	while (*link != region)
		link = &(*link)->next;
	*link = region->next;
	while ((stale = region->stale) != NULL) {
		region->stale = stale->next;
		free(stale);
	}
	model_uncharge(m, region->mm, region->size);
	free(region);
	return 0;
}

int
model_ioctl_register(struct model *m, struct model_container *c, void *arg)
{
	const struct vfio_iommu_spapr_register_memory *reg = arg;
	struct model_region *region;
	struct model_prereg *p;
	int ret;

	model_bind(m, c);
	if (reg->argsz < sizeof(*reg) || reg->flags != 0)
		return -EINVAL;
	if (!ddw_is_aligned(reg->vaddr | reg->size, model_page(m)) ||
	    reg->vaddr + reg->size < reg->vaddr)
		return -EINVAL;
	region = model_find_region(m, c->mm, reg->vaddr, reg->size);
	if (region != NULL) {
		for (p = c->prereg; p != NULL; p = p->next)
			if (p->region == region)
				return -EBUSY;
		region->used++;
	} else {
		ret = model_new_region(m, c->mm, reg->vaddr, reg->size, &region);
		if (ret != 0)
			return ret;
	}
	p = model_alloc(sizeof(*p));
	*p = (struct model_prereg){ c->prereg, region };
	c->prereg = p;
	c->enabled = true;
	return 0;
}

/* tce_iommu_unregister_pages(): 0 with live TCEs, and then a leak. */
int
model_ioctl_unregister(struct model *m, struct model_container *c, void *arg)
{
	const struct vfio_iommu_spapr_register_memory *reg = arg;
	struct model_prereg **link = &c->prereg, *p;
	struct model_region *region;

	if (c->mm == MODEL_NO_MM)
		return -EPERM;
	if (reg->argsz < sizeof(*reg) || reg->flags != 0)
		return -EINVAL;
	if (!ddw_is_aligned(reg->vaddr | reg->size, model_page(m)))
		return -EINVAL;
	region = model_find_region(m, c->mm, reg->vaddr, reg->size);
	while (*link != NULL && (*link)->region != region)
		link = &(*link)->next;
	if (region == NULL || *link == NULL)
		return -ENOENT;
	region->used++;
	model_put_region(m, region);
	p = *link;
	*link = p->next;
	free(p);
	if (model_put_region(m, region) != 0)
		model_violate(m, "UNREGISTER of 0x%" PRIx64 " with %" PRIu64 " live TCEs: leaked",
			      region->vaddr, region->mapped);
	return 0;
}

void
model_release_prereg(struct model *m, struct model_container *c)
{
	struct model_prereg *p;

	while ((p = c->prereg) != NULL) {
		c->prereg = p->next;
		model_put_region(m, p->region);
		free(p);
	}
}

/* tce_iommu_enable(): the whole default window counts, whatever is mapped later. */
int
model_ioctl_enable(struct model *m, struct model_container *c)
{
	int ret;

	if (c->enabled)
		return -EBUSY;
	if (c->group == NULL)
		return -ENODEV;
	if (c->group->cfg.dma32_size == 0)
		return -EPERM;
	model_bind(m, c);
	ret = model_charge(m, c->mm, c->group->cfg.dma32_size);
	if (ret != 0)
		return ret;
	c->enabled_bytes = c->group->cfg.dma32_size;
	c->enabled = true;
	return 0;
}

/* tce_iommu_disable(): what is mapped stays mapped. */
int
model_ioctl_disable(struct model *m, struct model_container *c)
{
	if (!c->enabled)
		return 0;
	if (c->pinned.mapped != 0)
		model_misuse(m, "DISABLE with %" PRIu64 " pages mapped", c->pinned.mapped);
	model_uncharge(m, c->mm, c->enabled_bytes);
	c->enabled_bytes = 0;
	c->enabled = false;
	return 0;
}
