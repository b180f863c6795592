/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Pools and threads of a stress test, and what has to be true at its end. */

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vfio.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "stress.h"

#define RING_SIZE 128

struct work {
	struct stress *s;
	void (*step)(struct worker *w);
	void (*drop)(struct worker *w);
};

/* An ioctl fails now and then, MAP most of all. */
static void
make_trouble(struct stress *s, struct worker *w)
{
	static const unsigned long requests[] = { VFIO_IOMMU_MAP_DMA, VFIO_IOMMU_MAP_DMA,
						  VFIO_IOMMU_MAP_DMA, VFIO_IOMMU_UNMAP_DMA };
	static const int results[] = { -ENOMEM, -EINVAL, -EIO, 1 };

	if (s->conf->faults == 0 || w->number != 0 || pick(&w->random, s->conf->faults) != 0)
		return;
	s->failed += rig_failed();
	rig_fail(requests[pick(&w->random, 4)], 1 + pick(&w->random, 4), 1 + pick(&w->random, 3),
		 results[pick(&w->random, 4)], pick(&w->random, 4) == 0);
}

/* Memory comes and goes while the others work. */
static void
manage(struct stress *s, uint64_t random)
{
	struct rte_mempool *mp;
	int ret;

	while (__atomic_load_n(&s->at_work, __ATOMIC_ACQUIRE) != 0 && rig_wrongs() == 0) {
		mp = s->pools[pick(&random, s->conf->pools)];
		switch (pick(&random, 4)) {
		case 0:
			ret = rte_mempool_ddw_grow(mp, 1 + pick(&random, s->conf->max_n / 4));
			if (ret > 0)
				s->grown += (uint64_t)ret;
			break;
		case 1:
			ret = rte_mempool_ddw_trim(mp, s->conf->n - pick(&random, s->conf->n / 4));
			if (ret > 0)
				s->trimmed += (uint64_t)ret;
			break;
		case 2:
			(void)rig_reclaim(s->conf->chunk_size * (1 + pick(&random, 4)));
			break;
		default:
			(void)sched_yield();
		}
	}
}

static bool
begin_worker(struct worker *w, struct stress *s, unsigned int number)
{
	*w = (struct worker){ .s = s, .number = number };
	w->random = random_thread(s->seed, number);
	w->held = calloc(s->conf->hold, sizeof(*w->held));
	return RIG_CHECK(w->held != NULL);
}

static void
end_worker(struct worker *w)
{
	struct stress *s = w->s;
	unsigned int i;

	for (i = 0; s->conf->flush && i < s->conf->pools; i++)
		rte_mempool_cache_flush(rte_mempool_default_cache(s->pools[i], rte_lcore_id()),
					s->pools[i]);
	free(w->held);
	(void)__atomic_fetch_add(&s->objects, w->objects, __ATOMIC_RELAXED);
	(void)__atomic_fetch_add(&s->refused, w->refused, __ATOMIC_RELAXED);
	(void)__atomic_fetch_add(&s->passed, w->passed, __ATOMIC_RELAXED);
}

static void
thread(void *arg, unsigned int number)
{
	const struct work *work = arg;
	struct stress *s = work->s;
	struct worker w;
	uint64_t done;

	if (number == s->conf->threads) {
		manage(s, s->seed);
		return;
	}
	if (!begin_worker(&w, s, number))
		return;
	for (done = 0; done < s->steps && rig_wrongs() == 0; done++) {
		make_trouble(s, &w);
		work->step(&w);
	}
	work->drop(&w);
	end_worker(&w);
	(void)__atomic_fetch_sub(&s->at_work, 1, __ATOMIC_RELEASE);
}

void
stress_work(struct stress *s, void (*step)(struct worker *w), void (*drop)(struct worker *w))
{
	struct work work = { .s = s, .step = step, .drop = drop };
	const struct stress_conf *conf = s->conf;
	struct worker w;
	unsigned int i;

	s->at_work = conf->threads;
	rig_threads(conf->threads + (conf->max_n != 0), thread, &work);
	s->failed += rig_failed();
	rig_fail_none();
	/* what was passed to threads that had ended */
	for (i = 0; i < conf->threads && begin_worker(&w, s, i); i++) {
		drop(&w);
		end_worker(&w);
	}
}

/* A plain object when it is new. */
static void
init_object(struct rte_mempool *mp, void *arg, void *obj, unsigned int number)
{
	(void)arg;
	(void)number;
	memset(obj, 0, mp->elt_size);
}

static void
make_pool(struct stress *s, unsigned int i)
{
	const struct stress_conf *conf = s->conf;
	struct rte_mempool_ddw_conf choices = {
		.chunk_size = conf->chunk_size,
		.max_n = conf->max_n,
		.mapping = conf->mapping,
	};
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "pool %u", i);
	if (conf->mbufs && !(conf->shared && i == STRESS_POOLS - 1))
		s->pools[i] =
			rte_pktmbuf_pool_create_ddw(name, conf->n, conf->cache, STRESS_PRIVATE,
						    (uint16_t)conf->size, SOCKET_ID_ANY, &choices);
	else
		s->pools[i] = rte_mempool_create_ddw(name, conf->n, conf->size + STRESS_PRIVATE,
						     conf->cache, 0, NULL, NULL, init_object, NULL,
						     SOCKET_ID_ANY, 0, &choices);
	if (s->pools[i] == NULL)
		fail_msg("%s: pool %u: %s", conf->name, i, rte_strerror(rte_errno));
}

void
stress_begin(struct stress *s, const struct stress_conf *conf)
{
	char name[RTE_RING_NAMESIZE];
	unsigned int i;

	*s = (struct stress){ .conf = conf, .seed = rig_seed() };
	rig_begin(&conf->rig);
	s->steps = 1 + env_steps(conf->steps) / conf->threads;
	for (i = 0; i < conf->pools; i++)
		make_pool(s, i);
	for (i = 0; i < conf->threads; i++) {
		snprintf(name, sizeof(name), "ring %u", i);
		s->rings[i] = rte_ring_create(name, RING_SIZE, SOCKET_ID_ANY, 0);
		assert_non_null(s->rings[i]);
	}
}

/* All objects are back, and the pool and its counters agree. */
static void
check_pool(struct stress *s, struct rte_mempool *mp)
{
	struct rte_mempool_ddw_stats stats;
	uint64_t page = UINT64_C(1) << rig_page_shift();

	assert_int_equal(rte_mempool_ddw_stats_get(mp, &stats), 0);
	assert_int_equal(stats.available, stats.objects);
	assert_int_equal(stats.available, rte_mempool_avail_count(mp));
	/* Those of chunks that could not be unmapped are lost. */
	assert_in_range(stats.objects, s->failed == 0 ? mp->size : 0, mp->size);
	assert_int_equal(mp->populated_size, mp->size);
	assert_true(stats.chunks * stats.chunk_size <= stats.bytes);
	assert_true(stats.bytes % page == 0);
	if (s->conf->mapping == RTE_MEMPOOL_DDW_MAPPING_DEMAND) {
		assert_int_equal(stats.demand, 1);
		assert_true(stats.chunks_mapped * stats.chunk_size <= s->conf->rig.window);
		if (s->conf->flush)
			assert_int_equal(stats.chunks_idle, stats.chunks_mapped);
	} else {
		assert_int_equal(stats.demand, 0);
		assert_int_equal(stats.chunks_mapped, stats.chunks);
	}
}

static void
tell(const struct stress *s)
{
	struct rte_mempool_ddw_stats stats, all = { 0 };
	unsigned int i;

	for (i = 0; i < s->conf->pools; i++) {
		assert_int_equal(rte_mempool_ddw_stats_get(s->pools[i], &stats), 0);
		all.demand_maps += stats.demand_maps;
		all.evictions += stats.evictions;
		all.map_failures += stats.map_failures;
		all.no_room += stats.no_room;
	}
	if (s->conf->mapping == RTE_MEMPOOL_DDW_MAPPING_DEMAND && s->conf->faults == 0)
		assert_true(s->refused == 0 || all.no_room != 0);
	printf("%s: %u threads, %" PRIu64 " objects, %" PRIu64 " passed on, %" PRIu64
	       " refused; %" PRIu64 " chunks mapped, %" PRIu64 " evicted, %" PRIu64
	       " not mapped; %" PRIu64 " faults, %" PRIu64 " grown, %" PRIu64 " trimmed\n",
	       s->conf->name, s->conf->threads, s->objects, s->passed, s->refused, all.demand_maps,
	       all.evictions, all.map_failures, s->failed, s->grown, s->trimmed);
}

void
stress_end(struct stress *s)
{
	unsigned int i;

	assert_int_equal(rig_wrongs(), 0);
	tell(s);
	rig_check();
	for (i = 0; i < s->conf->threads; i++) {
		assert_true(rte_ring_empty(s->rings[i]));
		rte_ring_free(s->rings[i]);
	}
	for (i = 0; i < s->conf->pools; i++)
		check_pool(s, s->pools[i]);
	for (i = 0; i < s->conf->pools; i++)
		assert_int_equal(rte_mempool_ddw_free(s->pools[i]), 0);
	if (s->conf->faults == 0)
		rig_end();
	else
		rig_end_faulty();
	i = rig_lost_memory();
	if (s->failed == 0)
		assert_int_equal(i, 0);
}

void
stress_run(const struct stress_conf *conf)
{
	struct stress s;

	stress_begin(&s, conf);
	if (conf->shared)
		stress_work(&s, stress_mbuf_step, stress_mbuf_drop);
	else
		stress_work(&s, stress_step, stress_drop);
	stress_end(&s);
}
