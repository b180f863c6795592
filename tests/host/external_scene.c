/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_dev.h>

#include "base/page_size.h"
#include "base/report.h"
#include "external_scene.h"
#include "memory/extern_pools.h"
#include "memory/grants.h"

#define MAPS_FD 77

struct external_scene ext;
struct context spapr_ctx;
int vfio_spapr_logtype;

static rte_mempool_event_callback *pool_event;

/* Of base/report.c. */
void
spapr_report_error(const struct ddw_error *err)
{
	check_any_error(err, err->err);
	ext.last = *err;
	ext.reports++;
}

void
spapr_report_unmap(const struct ddw_error *err)
{
	spapr_report_error(err);
}

/* Of EAL, which is not running. */
struct rte_memseg_list *
rte_mem_virt2memseg_list(const void *addr)
{
	uint64_t off = (uintptr_t)addr - (uintptr_t)ext.list.base_va;

	return ext.list.base_va != NULL && off < ext.list.len ? &ext.list : NULL;
}

struct rte_memseg *
rte_mem_virt2memseg(const void *addr, const struct rte_memseg_list *msl)
{
	uint64_t off = (uintptr_t)addr - (uintptr_t)ext.list.base_va;

	(void)msl;
	return rte_mem_virt2memseg_list(addr) == NULL ? NULL : &ext.segs[off / ext.list.page_sz];
}

const char *
rte_dev_name(const struct rte_device *dev)
{
	(void)dev;
	return "a device";
}

/* Of librte_mempool, in which the plugin looks for them. */
int
rte_mempool_event_callback_register(rte_mempool_event_callback *func, void *arg)
{
	assert_null(arg);
	pool_event = func;
	return 0;
}

int
rte_mempool_event_callback_unregister(rte_mempool_event_callback *func, void *arg)
{
	assert_null(arg);
	assert_ptr_equal(func, pool_event);
	pool_event = NULL;
	return 0;
}

/* What the kernel knows of this process. */
static const struct {
	uint64_t start, end, page_size;
} areas[] = {
	{ HUGE_AT, HUGE_AT + N_HUGE / 2 * MODEL_2M, MODEL_2M },
	{ HUGE_AT + N_HUGE / 2 * MODEL_2M, HUGE_AT + N_HUGE *MODEL_2M, MODEL_2M },
	{ SMALL_AT, SMALL_AT + N_SMALL *PAGE, PAGE },
};

#define N_AREAS (sizeof(areas) / sizeof(areas[0]))

static int
open_file(void *ctx, const char *path, int flags)
{
	if (strcmp(path, "/proc/self/maps") == 0)
		return ext.proc == PROC_NONE ? -EACCES : MAPS_FD;
	return model_sys(ext.scene->m)->open(ctx, path, flags);
}

static int
close_file(void *ctx, int fd)
{
	return fd == MAPS_FD ? 0 : model_sys(ext.scene->m)->close(ctx, fd);
}

static int
answer_query(struct page_size_query *q)
{
	unsigned int i;

	if (ext.proc != PROC_QUERY)
		return -ENOTTY;
	ext.queries++;
	assert_int_equal(q->size, sizeof(*q));
	assert_int_equal(q->flags, PAGE_SIZE_OR_NEXT);
	for (i = 0; i < N_AREAS; i++) {
		if (q->addr >= areas[i].end)
			continue;
		q->start = areas[i].start;
		q->end = areas[i].end;
		q->page_size = areas[i].page_size;
		return 0;
	}
	return -ENOENT;
}

static int
do_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	if (fd != MAPS_FD)
		return model_sys(ext.scene->m)->ioctl(ctx, fd, request, arg);
	assert_true(request == PAGE_SIZE_QUERY);
	return answer_query(arg);
}

static int
read_lines(void *ctx, const char *path, int (*line)(const char *text, void *arg), void *arg)
{
	char text[128];
	unsigned int i;

	(void)ctx;
	assert_string_equal(path, "/proc/self/smaps");
	if (ext.proc == PROC_NONE)
		return -EACCES;
	ext.smaps++;
	for (i = 0; i < N_AREAS; i++) {
		snprintf(text, sizeof(text), "%" PRIx64 "-%" PRIx64 " rw-p 00000000 00:00 0",
			 areas[i].start, areas[i].end);
		if (line(text, arg) != 0)
			return 1;
		snprintf(text, sizeof(text), "KernelPageSize: %8" PRIu64 " kB",
			 areas[i].page_size >> 10);
		assert_int_equal(line(text, arg), 0);
	}
	return 0;
}

/* Objects of pools lie there, so it is real. */
static void
take_memory(uint64_t at, uint64_t len)
{
	void *p = mmap((void *)(uintptr_t)at, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	assert_true((uintptr_t)p == at);
}

int
external_begin(void **state)
{
	struct scene *s = scene_new();

	(void)state;
	memset(&ext, 0, sizeof(ext));
	memset(&spapr_ctx, 0, sizeof(spapr_ctx));
	ext.scene = s;
	s->sys.open = open_file;
	s->sys.close = close_file;
	s->sys.ioctl = do_ioctl;
	s->sys.read_lines = read_lines;
	model_set_page_shift(s->m, 12);
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, model_pseries(2)), 1);
	assert_int_equal(scene_open(s, MODEL_1G, MODEL_2M), 2);
	take_memory(HUGE_AT, N_HUGE * MODEL_2M);
	take_memory(SMALL_AT, N_SMALL * PAGE);
	model_add_memory(s->m, HUGE_AT, N_HUGE * MODEL_2M, 21);
	model_add_memory(s->m, SMALL_AT, N_SMALL * PAGE, 12);
	spapr_ctx.sys = &s->sys;
	spapr_ctx.space = s->space;
	spapr_ctx.external = true;
	spapr_grants_init(&spapr_grants);
	spapr_extern_pools_start();
	assert_non_null(pool_event);
	return 0;
}

int
external_end(void **state)
{
	(void)state;
	spapr_extern_pools_stop();
	assert_null(pool_event);
	spapr_grants_fini(&spapr_grants);
	scene_end(ext.scene);
	assert_int_equal(munmap((void *)(uintptr_t)HUGE_AT, N_HUGE * MODEL_2M), 0);
	assert_int_equal(munmap((void *)(uintptr_t)SMALL_AT, N_SMALL * PAGE), 0);
	return 0;
}

void
external_register(unsigned int n, uint64_t page_size)
{
	unsigned int i;

	assert_true(n <= N_HUGE);
	ext.list = (struct rte_memseg_list){
		.base_va = (void *)(uintptr_t)HUGE_AT,
		.page_sz = page_size,
		.len = n * page_size,
		.external = 1,
	};
	for (i = 0; i < n; i++)
		ext.segs[i] = (struct rte_memseg){
			.addr = (void *)(uintptr_t)(HUGE_AT + i * page_size),
			.iova = RTE_BAD_IOVA,
			.len = page_size,
			.hugepage_sz = page_size,
		};
}

struct rte_mempool *
external_pool(const char *name, unsigned int flags, uint32_t elt_size)
{
	struct rte_mempool *mp = calloc(1, sizeof(*mp));

	assert_non_null(mp);
	snprintf(mp->name, sizeof(mp->name), "%s", name);
	STAILQ_INIT(&mp->mem_list);
	STAILQ_INIT(&mp->elt_list);
	mp->flags = flags | RTE_MEMPOOL_F_NON_IO;
	mp->header_size = sizeof(struct rte_mempool_objhdr);
	mp->elt_size = elt_size;
	return mp;
}

/* As rte_mempool_populate_iova() does it. */
void
external_chunk(struct rte_mempool *mp, uint64_t vaddr, uint64_t len, uint64_t iova)
{
	uint64_t size = (uint64_t)mp->header_size + mp->elt_size, off;
	struct rte_mempool_memhdr *chunk = calloc(1, sizeof(*chunk));

	assert_non_null(chunk);
	chunk->mp = mp;
	chunk->addr = (void *)(uintptr_t)vaddr;
	chunk->len = len;
	chunk->iova = iova;
	STAILQ_INSERT_TAIL(&mp->mem_list, chunk, next);
	if (iova != RTE_BAD_IOVA)
		mp->flags &= ~RTE_MEMPOOL_F_NON_IO;
	for (off = 0; off + size <= len; off += size) {
		struct rte_mempool_objhdr *obj = (void *)(uintptr_t)(vaddr + off);

		*obj = (struct rte_mempool_objhdr){ .mp = mp };
		obj->iova = iova == RTE_BAD_IOVA ? iova : iova + off + mp->header_size;
		STAILQ_INSERT_TAIL(&mp->elt_list, obj, next);
		mp->populated_size++;
	}
}

void
external_ready(struct rte_mempool *mp)
{
	pool_event(RTE_MEMPOOL_EVENT_READY, mp, NULL);
	scene_check(ext.scene);
}

void
external_free(struct rte_mempool *mp)
{
	struct rte_mempool_memhdr *chunk;

	pool_event(RTE_MEMPOOL_EVENT_DESTROY, mp, NULL);
	scene_check(ext.scene);
	while ((chunk = STAILQ_FIRST(&mp->mem_list)) != NULL) {
		STAILQ_REMOVE_HEAD(&mp->mem_list, next);
		free(chunk);
	}
	free(mp);
}

unsigned int
external_reached(struct rte_mempool *mp)
{
	struct rte_mempool_objhdr *obj;
	unsigned int n = 0, group;
	uint64_t at;

	STAILQ_FOREACH(obj, &mp->elt_list, next) {
		if (model_dma(ext.scene->m, 1, obj->iova, mp->elt_size, &at) != 0) {
			external_poisoned(obj->iova);
			continue;
		}
		n++;
		for (group = 1; group <= 2; group++) {
			assert_int_equal(
				model_dma(ext.scene->m, (int)group, obj->iova, mp->elt_size, &at),
				0);
			assert_true(at == (uintptr_t)(obj + 1));
		}
	}
	return n;
}

void
external_poisoned(uint64_t iova)
{
	uint64_t at;

	assert_true(iova != RTE_BAD_IOVA);
	assert_int_equal(model_dma(ext.scene->m, 1, iova, 1, &at), -EFAULT);
	assert_int_equal(model_dma(ext.scene->m, 2, iova, 1, &at), -EFAULT);
}
