/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "memory_parts.h"
#include "pool.h"

static int
check_process(const char *what, struct ddw_error *err)
{
	if (rte_eal_process_type() == RTE_PROC_PRIMARY)
		return 0;
	return ddw_fail(err, DDW_MSG_POOL_SECONDARY, ENOTSUP, "%s in a secondary process", what);
}

/* Pages that no window takes are refused now: no pool could ever be made of them. */
static int
check_windows(uint64_t page_size, struct ddw_error *err)
{
	char page[DDW_SIZE_TEXT], least[DDW_SIZE_TEXT];
	const struct vfio_spapr_dma *dma = mpddw_dma_get(err);
	struct vfio_spapr_dma_info info = { 0 };
	uint64_t need = UINT64_MAX, size;
	unsigned int i;

	if (dma == NULL)
		return err->err;
	dma->info(&info);
	if (info.kind == VFIO_SPAPR_DMA_NONE)
		return 0;
	for (i = 0; i < DDW_RANGES; i++) {
		size = UINT64_C(1) << info.windows[i].page_shift;
		if (info.windows[i].size != 0 && size < need)
			need = size;
	}
	if (need == UINT64_MAX || page_size >= need)
		return 0;
	return ddw_fail(err, DDW_MSG_POOL_MEMORY, ENOTSUP,
			"the memory has pages of %s, but the windows accept none smaller than %s",
			ddw_format_size(page_size, page), ddw_format_size(need, least));
}

static int
adopt(struct rte_mempool_ddw_memory *m, struct ddw_error *err)
{
	int ret;

	ret = check_process("rte_mempool_ddw_adopt()", err);
	if (ret == 0)
		ret = mpddw_adopt_check(m->base, m->len, &m->page_size, err);
	if (ret == 0)
		ret = check_windows(m->page_size, err);
	if (ret < 0)
		return ret;
	if (mpddw_lists_overlap(m->base, m->len)) {
		ret = ddw_fail(err, DDW_MSG_POOL_EAL, EEXIST,
			       "%" PRIu64 " bytes at %p are already known to EAL", m->len,
			       (void *)m->base);
		ddw_error_why(err, "the memory is EAL's own, is registered with "
				   "rte_extmem_register(), or is already adopted");
		ddw_error_fix(err, "adopt only the application's own memory, and only once");
		return ret;
	}
	m->lists = mpddw_lists_new();
	if (m->lists == NULL)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot allocate a list of pages");
	ret = mpddw_lists_add(m->lists, m->base, m->len, m->page_size, err);
	if (ret < 0)
		(void)mpddw_lists_free(m->lists);
	return ret;
}

struct rte_mempool_ddw_memory *
rte_mempool_ddw_adopt(void *addr, size_t len)
{
	struct rte_mempool_ddw_memory *m;
	struct ddw_error err = { 0 };
	int ret;

	m = calloc(1, sizeof(*m));
	if (m == NULL) {
		ret = ddw_fail(&err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot allocate a handle");
	} else {
		m->base = addr;
		m->len = len;
		ret = adopt(m, &err);
	}
	if (ret == 0)
		return m;
	mpddw_pool_report(&err);
	free(m);
	rte_errno = -ret;
	return NULL;
}

static int
release(struct rte_mempool_ddw_memory *m, struct ddw_error *err)
{
	int ret = check_process("rte_mempool_ddw_release()", err);

	if (ret < 0)
		return ret;
	/* From here on no pool gets it any more. */
	if (atomic_exchange(&m->used, true)) {
		ret = ddw_fail(err, DDW_MSG_POOL_BUSY, EBUSY, "a pool uses the memory at %p",
			       (void *)m->base);
		ddw_error_fix(err, "free the pool first");
		return ret;
	}
	if (mpddw_lists_remove(m->lists, m->base, m->len))
		return 0;
	(void)mpddw_lists_add(m->lists, m->base, m->len, m->page_size, NULL);
	atomic_store(&m->used, false);
	ret = ddw_fail(err, DDW_MSG_POOL_EAL, EBUSY, "EAL does not release the memory at %p",
		       (void *)m->base);
	ddw_error_why(err, "a secondary process has attached to it");
	ddw_error_fix(err, "end that process first");
	return ret;
}

int
rte_mempool_ddw_release(struct rte_mempool_ddw_memory *memory)
{
	struct ddw_error err = { 0 };
	int ret;

	if (memory == NULL)
		return 0;
	ret = release(memory, &err);
	if (ret < 0) {
		mpddw_pool_report(&err);
		return ret;
	}
	(void)mpddw_lists_free(memory->lists);
	free(memory);
	return 0;
}
