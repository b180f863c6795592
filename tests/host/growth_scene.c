/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* EAL, as far as the plugin follows its memory, over a simulated kernel. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <linux/vfio.h>

#include <rte_eal_memconfig.h>
#include <rte_lcore.h>

#include "base/context.h"
#include "base/report.h"
#include "growth_scene.h"
#include "memory/extern_pools.h"
#include "memory/external.h"
#include "memory/grants.h"
#include "memory/iova_reserve.h"
#include "memory/memory.h"
#include "memory/virt2iova.h"

#define V      SCENE_VADDR
#define SOCKET 0

struct context spapr_ctx;
struct grants spapr_grants;
int vfio_spapr_logtype;

struct scene *scene;
struct rte_memseg_list list;
struct rte_memseg seg[PAGES];
uint64_t heap;
static bool asks; /* EAL comes to the plugin for addresses */
static rte_mem_event_callback_t on_event;
static rte_mem_alloc_validator_t validator;
struct ddw_error reported;
unsigned int n_errors, n_vetoes, n_full;

/* Of base/report.c. */
void
spapr_report_error(const struct ddw_error *err)
{
	reported = *err;
	n_errors++;
}

void
spapr_report_unmap(const struct ddw_error *err)
{
	reported = *err;
}

void
spapr_report_veto(const struct ddw_error *err)
{
	check_any_error(err, err->err);
	reported = *err;
	n_vetoes++;
}

void
spapr_report_full(uint64_t more, uint64_t room)
{
	(void)more;
	(void)room;
	n_full++;
}

int
spapr_fail_unreadable(enum ddw_msg msg, int cause, const char *path, struct ddw_error *err)
{
	return ddw_fail(err, msg, cause, "%s", path);
}

/* Of what else the plugin follows. */
void
spapr_extern_pools_start(void)
{
}

void
spapr_extern_pools_stop(void)
{
}

void
spapr_external_added(struct rte_memseg_list *msl)
{
	(void)msl;
}

void
spapr_external_removed(const void *addr, size_t len)
{
	(void)addr;
	(void)len;
}

void
spapr_grants_init(struct grants *g)
{
	(void)g;
}

void
spapr_grants_fini(struct grants *g)
{
	(void)g;
}

void
spapr_virt2iova_open(struct ddw_space *space)
{
	assert_ptr_equal(space, spapr_ctx.space);
	spapr_iova_reserve_enable(asks);
}

void
spapr_virt2iova_close(void)
{
}

void
spapr_virt2iova_not_asked(void)
{
	spapr_iova_reserve_enable(false);
}

/* Of EAL, which does not run here. */
int
rte_memseg_list_walk_thread_unsafe(rte_memseg_list_walk_t func, void *arg)
{
	return func(&list, arg);
}

int
rte_memseg_contig_walk_thread_unsafe(rte_memseg_contig_walk_t func, void *arg)
{
	(void)func;
	(void)arg;
	return 0;
}

struct rte_memseg_list *
rte_mem_virt2memseg_list(const void *addr)
{
	uint64_t at = (uintptr_t)addr - V;

	return at < PAGES * PAGE ? &list : NULL;
}

struct rte_memseg *
rte_mem_virt2memseg(const void *addr, const struct rte_memseg_list *msl)
{
	assert_ptr_equal(msl, &list);
	return &seg[((uintptr_t)addr - V) / PAGE];
}

int
rte_mem_event_callback_register(const char *name, rte_mem_event_callback_t clb, void *arg)
{
	(void)name;
	(void)arg;
	on_event = clb;
	return 0;
}

int
rte_mem_event_callback_unregister(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	on_event = NULL;
	return 0;
}

int
rte_mem_alloc_validator_register(const char *name, rte_mem_alloc_validator_t clb, int socket,
				 size_t limit)
{
	(void)name;
	(void)limit;
	assert_int_equal(socket, SOCKET);
	validator = clb;
	return 0;
}

int
rte_mem_alloc_validator_unregister(const char *name, int socket)
{
	(void)name;
	(void)socket;
	validator = NULL;
	return 0;
}

unsigned int
rte_socket_count(void)
{
	return 1;
}

int
rte_socket_id_by_idx(unsigned int i)
{
	(void)i;
	return SOCKET;
}

void
rte_mcfg_mem_read_lock(void)
{
}

void
rte_mcfg_mem_read_unlock(void)
{
}

static void *
page_at(unsigned int i)
{
	return (void *)(uintptr_t)(V + i * PAGE);
}

void
growth_start_with(bool eal_asks, struct model_group_cfg cfg, uint64_t hugepage, uint64_t exist)
{
	scene = scene_auto();
	assert_int_equal(scene_attach(scene, cfg), 0);
	assert_int_equal(scene_open_pages(scene, hugepage, exist, 0), 1);
	model_add_memory(scene->m, V, PAGES * PAGE, 21);
	model_add_hugepage_counter(scene->m, PAGE, "free_hugepages", PAGES);
	spapr_ctx = (struct context){ .space = scene->space, .sys = &scene->sys };
	list = (struct rte_memseg_list){
		.base_va = page_at(0), .page_sz = PAGE, .len = PAGES * PAGE, .socket_id = SOCKET
	};
	memset(seg, 0, sizeof(seg));
	memset(&reported, 0, sizeof(reported));
	n_errors = n_vetoes = n_full = 0;
	heap = 0;
	asks = eal_asks;
	assert_int_equal(spapr_memory_start(&scene->err), 0);
}

/* A window with room for a few pages: two of eight stay empty, and one is given out here. */
void
growth_start_small(bool eal_asks)
{
	uint64_t iova;

	growth_start_with(eal_asks, model_pseries(1), PAGE, 6 * PAGE);
	assert_int_equal(ddw_space_reserve(scene->space,
					   scene_stats(scene).free_bytes - ROOM * PAGE, PAGE,
					   &iova),
			 0);
}

void
growth_finish(void)
{
	assert_int_equal(spapr_memory_stop(&scene->err), 0);
	assert_null(on_event);
	assert_null(validator);
	scene_end(scene);
}

static void
give_back(unsigned int i, unsigned int n)
{
	model_free_memory(scene->m, V + i * PAGE, n * PAGE);
	model_add_memory(scene->m, V + i * PAGE, n * PAGE, 21);
	memset(&seg[i], 0, n * sizeof(seg[0]));
	list.memseg_arr.count -= n;
}

bool
growth_grow(unsigned int i, unsigned int n)
{
	uint64_t iova;
	unsigned int k;

	if (validator(SOCKET, 0, heap + n * PAGE) != 0)
		return false;
	for (k = 0; k < n; k++) {
		iova = UINT64_C(0x40000000) + (i + k) * PAGE;
		if (asks && (!spapr_iova_reserve_mine() ||
			     !spapr_iova_reserve_page(&list, page_at(i + k), &iova) ||
			     iova == RTE_BAD_IOVA)) {
			give_back(i, k);
			return false;
		}
		seg[i + k] = (struct rte_memseg){
			.addr = page_at(i + k), .len = PAGE, .hugepage_sz = PAGE, .iova = iova
		};
		list.memseg_arr.count++;
	}
	on_event(RTE_MEM_EVENT_ALLOC, page_at(i), n * PAGE, NULL);
	heap += n * PAGE;
	return true;
}

void
growth_shrink(unsigned int i, unsigned int n)
{
	heap -= n * PAGE;
	on_event(RTE_MEM_EVENT_FREE, page_at(i), n * PAGE, NULL);
	give_back(i, n);
}

bool
growth_is_reached(unsigned int i)
{
	uint64_t at;

	return model_dma(scene->m, 1, seg[i].iova, PAGE, &at) == 0 && at == V + i * PAGE;
}

void
growth_expect_reached(unsigned int i, unsigned int n)
{
	for (; n > 0; n--, i++)
		if (!growth_is_reached(i))
			fail_msg("page %u has bus address 0x%" PRIx64, i, (uint64_t)seg[i].iova);
}
