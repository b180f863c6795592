/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "ddw_units.h"
#include "rig.h"
#include "scene.h"

/* Default windows of the groups that have dynamic ones as well. */
#define SMALL_WINDOW (4 * MIB)

static struct {
	pthread_mutex_t lock;
	struct scene *s;
	unsigned int busy[SCENE_GROUPS]; /* ioctls that are in a container */
	vfio_spapr_dma_reclaim reclaim;
} rig = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
lock(void)
{
	(void)pthread_mutex_lock(&rig.lock);
}

static void
unlock(void)
{
	(void)pthread_mutex_unlock(&rig.lock);
}

unsigned int
rig_page_shift(void)
{
	return ddw_log2((uint64_t)sysconf(_SC_PAGESIZE));
}

/* The kernel does not lock MAP against others in one container: callers may not overlap. */
static int
rig_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	const struct ddw_sys *sys = model_sys(rig.s->m);
	unsigned int i;
	int ret;

	for (i = 0; i < rig.s->n; i++)
		if (rig.s->container[i] == fd)
			break;
	if (i < rig.s->n && __atomic_fetch_add(&rig.busy[i], 1, __ATOMIC_RELAXED) != 0)
		rig_wrong("two ioctls at once in the container of group %u", i);
	lock();
	ret = sys->ioctl(ctx, fd, request, arg);
	unlock();
	if (i < rig.s->n)
		(void)__atomic_fetch_sub(&rig.busy[i], 1, __ATOMIC_RELAXED);
	return ret;
}

/* Memory appears in the simulated kernel when it is pinned, and is gone afterwards. */
static int
rig_pin(uint64_t vaddr, uint64_t len, uint64_t piece, struct ddw_error *err)
{
	int ret;

	lock();
	model_add_memory(rig.s->m, vaddr, len, rig_page_shift());
	unlock();
	ret = ddw_space_pin(rig.s->space, vaddr, len, piece, err);
	if (ret != 0)
		rig_gone(vaddr, len);
	return ret;
}

static int
rig_unpin(uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	int ret = ddw_space_unpin(rig.s->space, vaddr, len, err);

	if (ret == 0)
		rig_gone(vaddr, len);
	return ret;
}

void
rig_gone(uint64_t vaddr, uint64_t len)
{
	lock();
	if (rig.s != NULL)
		model_free_memory(rig.s->m, vaddr, len);
	unlock();
}

static int
rig_map(struct ddw_mapping *m, struct ddw_error *err)
{
	m->flags |= DDW_MAP_PINNED;
	return ddw_space_map_memory(rig.s->space, m, err);
}

static int
rig_unmap(uint64_t vaddr, uint64_t len, struct ddw_error *err)
{
	return ddw_space_unmap(rig.s->space, vaddr, len, NULL, err);
}

static uint64_t
rig_poison(void)
{
	return ddw_space_poison(rig.s->space);
}

static void
rig_info(struct vfio_spapr_dma_info *info)
{
	unsigned int i;

	memset(info, 0, sizeof(*info));
	info->kind = ddw_space_mode(rig.s->space) == DDW_MODE_DDW ? VFIO_SPAPR_DMA_DDW
								  : VFIO_SPAPR_DMA_DMA32;
	for (i = 0; i < DDW_RANGES; i++)
		(void)ddw_space_window(rig.s->space, (enum ddw_range_id)i, &info->windows[i]);
	info->contiguous = UINT64_MAX;
}

static int
rig_device(const struct rte_device *dev, unsigned int *addr_bits)
{
	*addr_bits = 64;
	return dev != NULL ? 0 : -ENODEV;
}

static void
rig_set_reclaim(vfio_spapr_dma_reclaim reclaim)
{
	__atomic_store_n(&rig.reclaim, reclaim, __ATOMIC_RELEASE);
}

static const struct vfio_spapr_dma rig_dma = {
	.version = VFIO_SPAPR_DMA_VERSION,
	.size = sizeof(rig_dma),
	.info = rig_info,
	.pin = rig_pin,
	.unpin = rig_unpin,
	.map = rig_map,
	.unmap = rig_unmap,
	.poison = rig_poison,
	.device = rig_device,
	.set_reclaim = rig_set_reclaim,
};

bool
rig_reclaim(uint64_t bytes)
{
	vfio_spapr_dma_reclaim reclaim = __atomic_load_n(&rig.reclaim, __ATOMIC_ACQUIRE);

	if (reclaim == NULL)
		return false;
	reclaim(bytes);
	return true;
}

static void
add_group(const struct rig_conf *conf, int i)
{
	struct model_group_cfg cfg = model_pseries(i + 1);

	cfg.dma32_size = (uint32_t)(conf->ddw ? SMALL_WINDOW : conf->window);
	/* Pages of this machine must do for the dynamic windows. */
	cfg.pgsizes = cfg.firmware_pgs = UINT64_C(1) << rig_page_shift();
	assert_int_equal(scene_attach(rig.s, cfg), i);
}

void
rig_begin(const struct rig_conf *conf)
{
	int i, groups = conf->groups != 0 ? (int)conf->groups : 2;

	rig_eal();
	assert_null(rig.s);
	rig.s = scene_auto();
	model_set_page_shift(rig.s->m, rig_page_shift());
	model_set_memlock(rig.s->m, conf->memlock == 0, conf->memlock);
	rig.s->sys.ioctl = rig_ioctl;
	rig.s->in.wishes.mode = conf->ddw ? DDW_MODE_DDW : DDW_MODE_DMA32;
	if (conf->ddw)
		rig.s->in.wishes.window_size = ddw_next_pow2(conf->window);
	for (i = 0; i < groups; i++)
		add_group(conf, i);
	assert_int_equal(scene_open_pages(rig.s, UINT64_C(1) << rig_page_shift(), conf->window, 0),
			 groups);
	mpddw_dma_use(&rig_dma);
	rig_log_clear();
}

static void
close_all(bool faulty)
{
	assert_true(TAILQ_EMPTY(&mpddw_pools.list));
	rig_fail_none();
	mpddw_dma_use(NULL);
	assert_int_equal(ddw_space_release(rig.s->space, NULL), 0);
	if (!faulty)
		assert_int_equal(model_tces(rig.s->m), 0);
	scene_drop(rig.s);
	rig.s = NULL;
	assert_int_equal(rig_wrongs(), 0);
}

void
rig_end(void)
{
	rig_check();
	assert_int_equal(rig_tces(), 0);
	assert_int_equal(rig_regions(), 0);
	assert_int_equal(rig_stats().mapped_bytes, 0);
	close_all(false);
}

void
rig_end_faulty(void)
{
	rig_check();
	close_all(true);
}

struct rte_mempool *
rig_pool(const char *name, unsigned int n, unsigned int elt_size, unsigned int cache,
	 const struct rte_mempool_ddw_conf *conf)
{
	return rte_mempool_create_ddw(name, n, elt_size, cache, 0, NULL, NULL, NULL, NULL,
				      SOCKET_ID_ANY, 0, conf);
}

uint64_t
rig_free_bytes(void)
{
	struct ddw_window_info info = { 0 };

	(void)ddw_space_window(rig.s->space, DDW_RANGE_MAIN, &info);
	return info.free_bytes;
}

struct ddw_space_stats
rig_stats(void)
{
	return scene_stats(rig.s);
}

uint64_t
rig_tces(void)
{
	uint64_t n;

	lock();
	n = model_tces(rig.s->m);
	unlock();
	return n;
}

unsigned int
rig_regions(void)
{
	unsigned int n;

	lock();
	n = model_regions(rig.s->m);
	unlock();
	return n;
}

unsigned int
rig_count(unsigned long request)
{
	unsigned int n;

	lock();
	n = model_count(rig.s->m, request);
	unlock();
	return n;
}

void
rig_check(void)
{
	const char *broken;

	lock();
	broken = model_check_all(rig.s->m);
	unlock();
	if (broken != NULL)
		fail_msg("model: %s", broken);
}

void
rig_fail(unsigned long request, unsigned int nth, unsigned int count, int ret, bool after)
{
	lock();
	model_fail(rig.s->m, request, nth, count, ret, after);
	unlock();
}

void
rig_fail_none(void)
{
	lock();
	model_fail_none(rig.s->m);
	unlock();
}

unsigned int
rig_failed(void)
{
	unsigned int n;

	lock();
	n = model_failed(rig.s->m);
	unlock();
	return n;
}

bool
rig_reaches(const void *vaddr, uint64_t iova, uint64_t len)
{
	uint64_t at = 0;
	unsigned int i;
	int ret = 0;

	lock();
	for (i = 0; i < rig.s->n && ret == 0; i++) {
		ret = model_dma(rig.s->m, (int)i + 1, iova, len, &at);
		if (ret == 0 && at != (uintptr_t)vaddr)
			ret = -EXDEV;
	}
	unlock();
	if (ret == 0)
		return true;
	rig_wrong("group %u, 0x%" PRIx64 " bytes at iova 0x%" PRIx64 ": reaches 0x%" PRIx64
		  ", should be %p (%s)",
		  i, len, iova, at, vaddr, strerror(-ret));
	return false;
}

bool
rig_mbuf(const struct rte_mbuf *m)
{
	return rig_reaches(m->buf_addr, rte_mbuf_iova_get(m), m->buf_len);
}

bool
rig_object(struct rte_mempool *mp, void *obj)
{
	const struct rte_mempool_objhdr *header = rte_mempool_get_header(obj);

	return RIG_CHECK(header->mp == mp) && rig_reaches(obj, header->iova, mp->elt_size);
}
