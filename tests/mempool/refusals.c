/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "refusals.h"

struct refusals_fake fake;

const struct asked refusals_usual = {
	.name = "pool",
	.n = N,
	.elt_size = 500,
	.socket_id = SOCKET_ID_ANY,
};

/* EAL's own functions, as the library calls them here. */
enum rte_proc_type_t refusals_process = RTE_PROC_PRIMARY;
const void *refusals_bus;

enum rte_proc_type_t
rte_eal_process_type(void)
{
	return refusals_process;
}

struct rte_bus *
rte_bus_find_by_name(const char *name)
{
	return strcmp(name, "vfio_spapr") == 0 ? (struct rte_bus *)(uintptr_t)refusals_bus : NULL;
}

const char *
rte_dev_name(const struct rte_device *dev)
{
	return (const char *)dev;
}

static void
fake_info(struct vfio_spapr_dma_info *info)
{
	*info = fake.info;
}

static int
fake_map(struct ddw_mapping *m, struct ddw_error *err)
{
	bool small = (m->flags & DDW_MAP_DEFAULT_WINDOW) != 0;
	const struct ddw_window_info *w;

	if (fake.error != 0)
		return fake.error;
	w = &fake.info.windows[small ? DDW_RANGE_SMALL : DDW_RANGE_MAIN];
	m->iova = w->start + fake.used;
	if (fake.used + m->len > w->size || (m->limit != 0 && m->iova + m->len > m->limit))
		return ddw_fail(err, DDW_MSG_WINDOW_FULL, ENOSPC, "full");
	fake.used += m->len;
	return 0;
}

static int
fake_pin(uint64_t vaddr, uint64_t len, uint64_t piece, struct ddw_error *err)
{
	(void)vaddr;
	(void)len;
	(void)piece;
	(void)err;
	return fake.error;
}

static int
fake_unmap(uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	(void)vaddr;
	(void)len;
	(void)err;
	fake.used = 0;
	return fake.error;
}

static uint64_t
fake_poison(void)
{
	return UINT64_C(1) << 62;
}

static int
fake_device(const struct rte_device *dev, unsigned int *bits)
{
	(void)dev;
	*bits = fake.bits;
	return fake.bits == 0 ? -ENODEV : 0;
}

void
refusals_use_fake(enum vfio_spapr_dma_kind kind, uint64_t default_size)
{
	struct ddw_window_info small = { .start = 0, .size = default_size, .page_shift = 12 };
	struct ddw_window_info large = {
		.start = UINT64_C(1) << 59,
		.size = UINT64_C(1) << 40,
		.page_shift = 12,
	};

	memset(&fake, 0, sizeof(fake));
	fake.table = mpddw_dma_plain;
	fake.table.info = fake_info;
	fake.table.map = fake_map;
	fake.table.unmap = fake_unmap;
	fake.table.pin = fake_pin;
	fake.table.poison = fake_poison;
	fake.table.device = fake_device;
	small.free_bytes = small.size;
	large.free_bytes = large.size;
	fake.info.kind = kind;
	fake.info.contiguous = UINT64_MAX;
	fake.info.windows[DDW_RANGE_MAIN] = kind == VFIO_SPAPR_DMA_DDW ? large : small;
	if (kind == VFIO_SPAPR_DMA_DDW)
		fake.info.windows[DDW_RANGE_SMALL] = small;
	mpddw_dma_use(&fake.table);
}

struct rte_mempool *
refusals_make(const struct asked *a)
{
	rig_log_clear();
	rte_errno = 0;
	return rte_mempool_create_ddw(a->name, a->n, a->elt_size, a->cache_size, 0, NULL, NULL,
				      NULL, NULL, a->socket_id, a->flags, &a->conf);
}

void
refusals_check_message(const char *id)
{
	if (rig_logged(id) != 1 || rig_logged("DDW-") != 1 || rig_logged("why:") != 1 ||
	    rig_logged("fix:") != 1)
		fail_msg("%s: %u messages, %u of them this one", id, rig_logged("DDW-"),
			 rig_logged(id));
}

void
refusals_refused(const struct asked *a, const char *id, int err)
{
	assert_null(refusals_make(a));
	assert_int_equal(rte_errno, err);
	refusals_check_message(id);
	assert_true(TAILQ_EMPTY(&mpddw_pools.list));
	/* Nothing of it is left: the same name can be used. */
	mpddw_dma_use(&mpddw_dma_plain);
	{
		struct rte_mempool *mp = refusals_make(&refusals_usual);

		assert_non_null(mp);
		assert_int_equal(rte_mempool_ddw_free(mp), 0);
	}
	mpddw_dma_use(fake.table.size != 0 ? &fake.table : NULL);
}
