/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* TCE windows: VFIO_IOMMU_SPAPR_TCE_CREATE and _REMOVE. */

#include <errno.h>
#include <stdlib.h>

#include <linux/vfio.h>

#include "ddw_units.h"
#include "model_internal.h"

#define MODEL_LEVELS	      5
#define MODEL_LEVEL_MAX_SHIFT 24 /* one level is one block of at most 16 MiB */

static unsigned int
model_level_shift(const struct model *m, unsigned int entries_shift, unsigned int levels)
{
	unsigned int shift = (entries_shift + levels - 1) / levels + 3;

	return shift < m->page_shift ? m->page_shift : shift;
}

/* pnv_pci_ioda2_get_table_size(); 0 for what create_table will refuse. */
static uint64_t
model_powernv_table(const struct model *m, uint64_t size, unsigned int page_shift,
		    unsigned int levels)
{
	uint64_t table, direct, bytes = 0;
	unsigned int entries_shift;

	if (levels == 0 || levels > MODEL_LEVELS || !ddw_is_pow2(size))
		return 0;
	entries_shift = ddw_log2(size) - page_shift;
	table = UINT64_C(8) << entries_shift;
	if (table < 0x1000)
		table = 0x1000;
	direct = UINT64_C(1) << model_level_shift(m, entries_shift, levels);
	for (; levels != 0; levels--) {
		bytes += (table + direct - 1) & ~(direct - 1);
		table = table / direct << 3;
		if (table < direct)
			table = direct;
	}
	return 2 * bytes;
}

static uint64_t
model_table(const struct model *m, const struct model_group_cfg *cfg, uint64_t size,
	    unsigned int page_shift, unsigned int levels)
{
	uint64_t bytes;

	if (cfg->platform == MODEL_POWERNV)
		bytes = model_powernv_table(m, size, page_shift, levels);
	else
		bytes = levels > 1 ? UINT32_MAX : (size >> page_shift) * 8;
	return bytes & ~(model_page(m) - 1);
}

static int
model_powernv_create(const struct model *m, const struct model_group_cfg *cfg, unsigned int slot,
		     uint64_t size, unsigned int page_shift, unsigned int levels, uint64_t *start)
{
	unsigned int most = cfg->level_shift != 0 ? cfg->level_shift : MODEL_LEVEL_MAX_SHIFT;
	unsigned int shift;

	if (levels == 0 || levels > MODEL_LEVELS || !ddw_is_pow2(size))
		return -EINVAL;
	shift = model_level_shift(m, ddw_log2(size) - page_shift, levels);
	if ((shift - 3) * levels + page_shift >= 55)
		return -EINVAL;
	if (shift > most)
		return -ENOMEM;
	*start = slot == 0 ? 0 : MODEL_HIGH;
	return 0;
}

static int
model_poison(struct model_group_cfg *cfg, int err)
{
	cfg->poisoned = true;
	return err;
}

/* On PowerNV a table fills a page at least, and all of it can be used. */
static uint64_t
model_table_reach(const struct model *m, const struct model_group_cfg *cfg, uint64_t size,
		  unsigned int page_shift)
{
	uint64_t least = (model_page(m) / 8) << page_shift;

	return cfg->platform == MODEL_POWERNV && size < least ? least : size;
}

/* A window like the one that was there at boot: pSeries restores that one instead. */
static bool
model_like_default(const struct model_group_cfg *cfg, unsigned int slot, uint64_t size,
		   unsigned int page_shift)
{
	return slot == 0 && page_shift == 12 && size <= cfg->dma32_size &&
	       cfg->max_windows != UINT32_MAX;
}

/* spapr_tce_create_table() */
static int
model_pseries_create(struct model_group_cfg *cfg, const struct model_container *c,
		     unsigned int slot, uint64_t size, unsigned int page_shift, unsigned int levels,
		     uint64_t *start)
{
	const struct model_window *other = &c->win[1 - slot];
	bool has_default = other->exists && other->is_default;
	bool has_ddw = other->exists && !other->is_default;

	if (!ddw_is_pow2(size) || levels > 1)
		return -EINVAL;
	if (cfg->poisoned)
		return -ENODEV;
	if (model_like_default(cfg, slot, size, page_shift)) {
		if (has_ddw)
			return -EPERM;
		*start = cfg->dma32_start;
		return 0;
	}
	if (cfg->max_windows == UINT32_MAX)
		return model_poison(cfg, -EINVAL);
	if (cfg->max_windows < 2 && has_default)
		return -EINVAL; /* the firmware has no block left */
	if (cfg->largest_block != 0 && size > cfg->largest_block)
		return -EINVAL;
	if (has_default && cfg->block_beside != 0 && size > cfg->block_beside)
		return -EINVAL;
	if ((cfg->firmware_pgs >> page_shift & 1) == 0 || size < cfg->least_block)
		return model_poison(cfg, -ENODEV);
	/* firmware that puts both at one address does not make the second */
	if (has_ddw && cfg->alone_start == cfg->high_start)
		return model_poison(cfg, -ENODEV);
	if (has_ddw)
		return model_poison(cfg, -EEXIST);
	*start = has_default ? cfg->high_start : cfg->alone_start;
	return 0;
}

/* tce_iommu_create_window() */
static int
model_create_window(struct model *m, struct model_container *c, uint64_t size,
		    unsigned int page_shift, unsigned int levels, bool is_default, uint64_t *start)
{
	struct model_group_cfg *cfg = &c->group->cfg;
	unsigned int slot = c->win[0].exists ? 1 : 0;
	struct model_window *w = &c->win[slot];
	uint64_t charge;
	int ret;

	if (w->exists)
		return -ENOSPC;
	if (page_shift > 63 || ((cfg->pgsizes | (is_default ? 0x1000 : 0)) >> page_shift & 1) == 0)
		return -EINVAL;
	if (size == 0)
		return -EINVAL; /* tce_iommu_create_table(): no table */
	if (size < UINT64_C(1) << page_shift) {
		model_violate(m, "CREATE of less than one page");
		return -EINVAL;
	}
	charge = model_table(m, cfg, size, page_shift, levels);
	ret = model_charge(m, c->mm, charge);
	if (ret != 0)
		return ret;
	if (cfg->platform == MODEL_POWERNV)
		ret = cfg->poisoned
			      ? -EPERM
			      : model_powernv_create(m, cfg, slot, size, page_shift, levels, start);
	else
		ret = model_pseries_create(cfg, c, slot, size, page_shift, levels, start);
	if (ret != 0) {
		m->lost_charge[c->mm] += charge; /* the kernel never gives it back */
		return ret;
	}
	*w = (struct model_window){
		.exists = true,
		.is_default = is_default || (cfg->platform == MODEL_PSERIES &&
					     model_like_default(cfg, slot, size, page_shift)),
		.start = *start,
		.size = model_table_reach(m, cfg, size, page_shift),
		.asked = size,
		.page_shift = page_shift,
		.charged = charge,
	};
	w->n_chunks = ((w->size >> page_shift) + MODEL_CHUNK - 1) / MODEL_CHUNK;
	w->chunks = model_alloc(w->n_chunks * sizeof(*w->chunks));
	return 0;
}

/* tce_iommu_create_default_window(): on the first CREATE, MAP or UNMAP. */
int
model_default_window(struct model *m, struct model_container *c)
{
	uint64_t start;
	int ret;

	if (!c->def_pending)
		return 0;
	ret = model_create_window(m, c, c->group->cfg.dma32_size, 12, 1, true, &start);
	if (ret == 0)
		c->def_pending = false;
	return ret;
}

int
model_ioctl_create(struct model *m, struct model_container *c, void *arg)
{
	struct vfio_iommu_spapr_tce_create *create = arg;
	uint64_t start = 0;
	int ret;

	model_bind(m, c);
	if (c->group == NULL)
		return -ENXIO;
	c->group->creates++;
	if (create->argsz < sizeof(*create) || create->flags != 0)
		return -EINVAL;
	ret = model_default_window(m, c);
	if (ret != 0)
		return ret;
	ret = model_create_window(m, c, create->window_size, create->page_shift, create->levels,
				  false, &start);
	if (ret == 0)
		create->start_addr = start;
	return ret;
}

struct model_window *
model_find_window(struct model_container *c, uint64_t iova)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (c->win[i].exists && iova >= c->win[i].start &&
		    iova - c->win[i].start < c->win[i].size)
			return &c->win[i];
	return NULL;
}

void
model_remove_window(struct model *m, struct model_container *c, struct model_window *w)
{
	uint64_t i;

	model_clear_tces(w, 0, w->size >> w->page_shift);
	model_uncharge(m, c->mm, w->charged);
	for (i = 0; i < w->n_chunks; i++)
		free(w->chunks[i]);
	free(w->chunks);
	*w = (struct model_window){ 0 };
}

int
model_ioctl_remove(struct model *m, struct model_container *c, void *arg)
{
	struct vfio_iommu_spapr_tce_remove *rem = arg;
	struct model_window *w;

	model_bind(m, c);
	if (c->group == NULL)
		return -ENXIO;
	if (rem->argsz < sizeof(*rem) || rem->flags != 0)
		return -EINVAL;
	/* literally 0, whatever the start of the default window is */
	if (c->def_pending && rem->start_addr == 0) {
		c->def_pending = false;
		return 0;
	}
	w = model_find_window(c, rem->start_addr);
	if (w == NULL)
		return -EINVAL;
	model_remove_window(m, c, w);
	return 0;
}
