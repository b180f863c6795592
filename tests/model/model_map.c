/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* TCEs: VFIO_IOMMU_MAP_DMA, VFIO_IOMMU_UNMAP_DMA, and what a device sees. */

#include <errno.h>
#include <inttypes.h>

#include <linux/vfio.h>

#include "ddw_units.h"
#include "model_internal.h"

#define MODEL_DIRECTIONS (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

struct model_tce *
model_tce(struct model_window *w, uint64_t index, bool make)
{
	struct model_tce **chunk = &w->chunks[index / MODEL_CHUNK];

	if (*chunk == NULL) {
		if (!make)
			return NULL;
		*chunk = model_alloc(MODEL_CHUNK * sizeof(**chunk));
	}
	return &(*chunk)[index % MODEL_CHUNK];
}

void
model_clear_tces(struct model_window *w, uint64_t first, uint64_t n)
{
	struct model_tce *tce;
	uint64_t i;

	for (i = first; w->live != 0 && i < first + n; i++) {
		tce = model_tce(w, i, false);
		if (tce == NULL) {
			i |= MODEL_CHUNK - 1;
			continue;
		}
		if (tce->region == NULL)
			continue;
		w->live--;
		tce->region->mapped--;
		tce->region = NULL;
	}
}

/* The real kernel does not look at the end of the range: this one does. */
static bool
model_in_bounds(struct model *m, const struct model_window *w, uint64_t iova, uint64_t size,
		const char *op)
{
	if (size == 0)
		model_violate(m, "%s of 0 bytes", op);
	else if (size > w->size - (iova - w->start))
		model_violate(m, "%s of 0x%" PRIx64 " bytes at 0x%" PRIx64 " runs past the window",
			      op, size, iova);
	else
		return true;
	return false;
}

/* The table may reach farther than it was asked to; who relies on it is wrong. */
static void
model_within_request(struct model *m, const struct model_window *w, uint64_t iova, uint64_t size)
{
	if (iova - w->start >= w->asked || size > w->asked - (iova - w->start))
		model_misuse(m, "0x%" PRIx64 " bytes at 0x%" PRIx64 " are more than was asked for",
			     size, iova);
}

static void
model_note_length(struct model *m, uint64_t pages)
{
	if (pages > m->longest_map)
		m->longest_map = pages;
}

/* mm_iommu_lookup() and tce_page_is_contained() */
static int
model_translate(struct model *m, int mm, uint64_t vaddr, unsigned int page_shift,
		struct model_region **region)
{
	uint64_t page = UINT64_C(1) << page_shift;
	const struct model_range *stale, *area;
	struct model_region *r;

	for (r = m->regions; r != NULL; r = r->next)
		if (r->mm == mm && vaddr >= r->vaddr && vaddr - r->vaddr < r->size &&
		    page <= r->size - (vaddr - r->vaddr))
			break;
	if (r == NULL || page_shift > r->page_shift)
		return -EINVAL;
	for (stale = r->stale; stale != NULL; stale = stale->next)
		if (model_overlap(stale->vaddr, stale->len, vaddr, page))
			model_violate(m,
				      "MAP of 0x%" PRIx64 ": its region was registered before "
				      "the memory was freed, the TCE leads to the old pages",
				      vaddr);
	area = model_memory_at(m, vaddr);
	if (area == NULL || area->page_shift < page_shift)
		return -EPERM;
	*region = r;
	return 0;
}

/* tce_iommu_use_page(): sPAPR v1 pins page by page, and charges nothing for it. */
static int
model_use_page(struct model *m, struct model_container *c, uint64_t vaddr, unsigned int page_shift,
	       struct model_region **region)
{
	const struct model_range *area = model_memory_at(m, vaddr);

	if (area == NULL)
		return -EFAULT;
	if (area->page_shift < page_shift)
		return -EPERM;
	*region = &c->pinned;
	return 0;
}

/* tce_iommu_build() and tce_iommu_build_v2() */
static int
model_build(struct model *m, struct model_container *c, struct model_window *w,
	    const struct vfio_iommu_type1_dma_map *map)
{
	uint64_t first = (map->iova - w->start) >> w->page_shift;
	uint64_t n = map->size >> w->page_shift, i;
	struct model_region *region;
	struct model_tce *tce;
	int ret;

	for (i = 0; i < n; i++) {
		uint64_t vaddr = map->vaddr + (i << w->page_shift);

		if (c->iommu == VFIO_SPAPR_TCE_IOMMU)
			ret = model_use_page(m, c, vaddr, w->page_shift, &region);
		else
			ret = model_translate(m, c->mm, vaddr, w->page_shift, &region);
		if (ret != 0) {
			model_clear_tces(w, first, i);
			return ret;
		}
		tce = model_tce(w, first + i, true);
		if (tce->region != NULL) {
			model_misuse(m, "MAP over a valid TCE at 0x%" PRIx64,
				     (uint64_t)map->iova + (i << w->page_shift));
			tce->region->mapped--;
			w->live--;
		}
		w->live++;
		tce->vaddr = vaddr;
		tce->region = region;
		region->mapped++;
	}
	return 0;
}

int
model_ioctl_map(struct model *m, struct model_container *c, void *arg)
{
	const struct vfio_iommu_type1_dma_map *map = arg;
	struct model_window *w;
	uint64_t page;
	int ret;

	if (!c->enabled)
		return -EPERM;
	if (map->argsz < sizeof(*map) || (map->flags & ~MODEL_DIRECTIONS) != 0)
		return -EINVAL;
	ret = model_default_window(m, c);
	if (ret != 0)
		return ret;
	w = model_find_window(c, map->iova);
	if (w == NULL) {
		model_misuse(m, "MAP at 0x%" PRIx64 ", which is in no window", (uint64_t)map->iova);
		return -ENXIO;
	}
	page = UINT64_C(1) << w->page_shift;
	if (!ddw_is_aligned(map->size | map->vaddr, page))
		return -EINVAL;
	if ((map->flags & MODEL_DIRECTIONS) == 0)
		return -EINVAL;
	if (!ddw_is_aligned(map->iova, page))
		return 1;
	if (!model_in_bounds(m, w, map->iova, map->size, "MAP"))
		return -EINVAL;
	model_within_request(m, w, map->iova, map->size);
	model_note_length(m, map->size >> w->page_shift);
	return model_build(m, c, w, map);
}

int
model_ioctl_unmap(struct model *m, struct model_container *c, void *arg)
{
	const struct vfio_iommu_type1_dma_unmap *unmap = arg;
	struct model_window *w;
	uint64_t page;
	int ret;

	if (!c->enabled)
		return -EPERM;
	if (unmap->argsz < sizeof(*unmap) || unmap->flags != 0)
		return -EINVAL;
	ret = model_default_window(m, c);
	if (ret != 0)
		return ret;
	w = model_find_window(c, unmap->iova);
	if (w == NULL) {
		model_misuse(m, "UNMAP at 0x%" PRIx64 ", which is in no window",
			     (uint64_t)unmap->iova);
		return -ENXIO;
	}
	page = UINT64_C(1) << w->page_shift;
	if (!ddw_is_aligned(unmap->size, page))
		return -EINVAL;
	if (!ddw_is_aligned(unmap->iova, page))
		return 1;
	if (!model_in_bounds(m, w, unmap->iova, unmap->size, "UNMAP"))
		return -EINVAL;
	model_within_request(m, w, unmap->iova, unmap->size);
	model_note_length(m, unmap->size >> w->page_shift);
	model_clear_tces(w, (unmap->iova - w->start) >> w->page_shift,
			 unmap->size >> w->page_shift);
	return 0;
}

/* What a bridge takes for its own 32-bit MMIO does not reach the table. */
static bool
model_meets_mmio(const struct model_group_cfg *cfg, const struct model_window *w, uint64_t iova,
		 uint64_t len)
{
	uint64_t start = cfg->platform == MODEL_POWERNV ? cfg->dma32_size : 0;
	uint64_t end = UINT64_C(1) << 32;

	if (start == 0)
		start = 2 * MODEL_1G;
	return !w->is_default && model_overlap(iova, len, start, end - start);
}

int
model_dma(struct model *m, int number, uint64_t iova, uint64_t len, uint64_t *vaddr)
{
	struct model_group *g = model_find(m, number);
	struct model_window *w;
	struct model_tce *tce;
	uint64_t off, done, at;

	*vaddr = 0;
	if (g == NULL || g->container == NULL || len == 0)
		return -EFAULT;
	w = model_find_window(g->container, iova);
	if (w == NULL || len > w->size - (iova - w->start) ||
	    model_meets_mmio(&g->cfg, w, iova, len))
		return -EFAULT;
	off = iova & ((UINT64_C(1) << w->page_shift) - 1);
	for (done = 0; done < len + off; done += UINT64_C(1) << w->page_shift) {
		tce = model_tce(w, (iova - w->start - off + done) >> w->page_shift, false);
		if (tce == NULL || tce->region == NULL)
			return -EFAULT;
		at = tce->vaddr - done;
		if (done == 0)
			*vaddr = at + off;
		else if (at + off != *vaddr)
			return -EFAULT;
	}
	return 0;
}
