/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * The life of pools, again and again, in which each ioctl (without DDW_SOAK=1: most of the
 * first ones, and some of the others) fails in turn: once, twice in a row, always from then on,
 * and after it was carried out. Whatever fails, no object is handed out that a device does not
 * reach, none is lost but those of chunks of which the kernel said nothing certain, it is told
 * in a message, the pool goes on, and no memory is given back that a device may reach.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <linux/vfio.h>

#include <rte_errno.h>

#include "rig.h"

#define WINDOW (256 * KIB)
#define CHUNK  (32 * KIB)
#define SIZE   2000
#define N      400 /* more than three times the window */
#define MORE   100

struct life {
	bool ddw;
	enum rte_mempool_ddw_mapping mapping;
	struct rte_mempool *pools[2];
	void *held[N + MORE];
	unsigned int n;
	unsigned int from; /* the pool that they are of */
};

static unsigned int faults, lives, lost;
static uint64_t numbers;

/* What went wrong was told. */
static void
told(const char *what)
{
	if (rig_failed() == 0)
		fail_msg("%s failed, but no ioctl has", what);
	if (rig_logged("DDW-") == 0)
		fail_msg("%s failed, and nothing was logged", what);
}

static void
create(struct life *l, unsigned int i)
{
	const struct rte_mempool_ddw_conf conf = {
		.chunk_size = CHUNK,
		.max_n = N + MORE,
		.mapping = l->mapping,
	};

	l->pools[i] = rig_pool(i == 0 ? "first" : "second", i == 0 ? N : N / 4, SIZE, 0, &conf);
	if (l->pools[i] == NULL) {
		assert_true(rte_errno > 0);
		told("create");
	}
}

/* Take all that there is, a few at a time, and look at it. */
static void
take_all(struct life *l, unsigned int i)
{
	unsigned int k;

	l->n = 0;
	l->from = i;
	while (l->n + 4 <= RTE_DIM(l->held) &&
	       rte_mempool_get_bulk(l->pools[i], l->held + l->n, 4) == 0) {
		for (k = 0; k < 4; k++)
			if (!rig_object(l->pools[i], l->held[l->n + k]))
				fail_msg("an object that is not mapped");
		l->n += 4;
	}
}

static void
give_all(struct life *l, unsigned int i)
{
	unsigned int k;

	/* mapped as long as they are out */
	for (k = 0; k < l->n; k++)
		if (!rig_object(l->pools[i], l->held[k]))
			fail_msg("an object that is not mapped any more");
	rte_mempool_put_bulk(l->pools[i], l->held, l->n);
	l->n = 0;
}

static void
check_pool(struct life *l, unsigned int i)
{
	struct rte_mempool_ddw_stats stats;

	rig_check();
	if (l->pools[i] == NULL)
		return;
	assert_int_equal(rte_mempool_ddw_stats_get(l->pools[i], &stats), 0);
	assert_int_equal(stats.available + (i == l->from ? l->n : 0), stats.objects);
	assert_true(stats.chunks_mapped <= stats.chunks);
	/* Objects are lost only with chunks that the kernel did not unmap as it should. */
	assert_in_range(stats.objects, rig_failed() == 0 ? l->pools[i]->size : 0,
			l->pools[i]->size);
}

static void
use(struct life *l, unsigned int i)
{
	if (l->pools[i] == NULL)
		return;
	take_all(l, i);
	check_pool(l, i);
	give_all(l, i);
	check_pool(l, i);
}

static void
resize(struct life *l, unsigned int i)
{
	unsigned int before;
	int ret;

	if (l->pools[i] == NULL)
		return;
	before = l->pools[i]->size;
	ret = rte_mempool_ddw_grow(l->pools[i], MORE);
	if (ret < 0) {
		assert_int_equal(l->pools[i]->size, before);
		told("grow");
	} else {
		assert_true(ret >= MORE || before + (unsigned int)ret == N + MORE);
	}
	check_pool(l, i);
	use(l, i);
	ret = rte_mempool_ddw_trim(l->pools[i], N / 8);
	if (ret < 0)
		told("trim");
	else
		assert_true(l->pools[i]->size >= N / 8);
	check_pool(l, i);
}

/* The faults are over: what is left of a pool works as ever. */
static void
recover(struct life *l, unsigned int i)
{
	struct rte_mempool_ddw_stats stats;

	if (l->pools[i] == NULL)
		return;
	assert_int_equal(rte_mempool_ddw_stats_get(l->pools[i], &stats), 0);
	take_all(l, i);
	/* Windows may hold chunks that could not be unmapped, but not all of the room. */
	if (stats.available >= 4 && rig_free_bytes() >= 2 * CHUNK)
		assert_true(l->n != 0);
	give_all(l, i);
	check_pool(l, i);
}

static void
live(struct life *l, bool ends_faulty)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		create(l, i);
	for (i = 0; i < 2; i++)
		use(l, i);
	(void)rig_reclaim(CHUNK);
	resize(l, 0);
	use(l, 1);
	if (!ends_faulty) {
		rig_fail_none();
		for (i = 0; i < 2; i++)
			recover(l, i);
	}
	for (i = 0; i < 2; i++)
		assert_int_equal(rte_mempool_ddw_free(l->pools[i]), 0);
	lives++;
}

static struct rig_conf
machine(const struct life *l)
{
	return (struct rig_conf){ .ddw = l->ddw,
				  .window = l->mapping == RTE_MEMPOOL_DDW_MAPPING_STATIC ? 4 * MIB
											 : WINDOW };
}

/* Later ones are like those before them: some are left out, others each time. */
static unsigned int
stride(unsigned int nth)
{
	return env_number("DDW_SOAK", 0) != 0 ? 1 : 1 + pick(&numbers, 1 + nth / 2);
}

/* One kind of ioctl fails: each of them in turn. */
static void
sweep(bool ddw, enum rte_mempool_ddw_mapping mapping, unsigned long request, int ret, bool after)
{
	static const unsigned int counts[] = { 1, 2, 0 };
	unsigned int i, nth, kept;
	bool hit;

	for (i = 0; i < RTE_DIM(counts); i++) {
		for (nth = 1, hit = true; hit; nth += stride(nth)) {
			struct life l = { .ddw = ddw, .mapping = mapping };
			struct rig_conf conf = machine(&l);

			rig_begin(&conf);
			rig_fail(request, nth, counts[i], ret, after);
			live(&l, nth % 2 == 0);
			hit = rig_failed() != 0;
			if (hit)
				assert_true(rig_logged("DDW-") != 0);
			faults += rig_failed();
			rig_end_faulty();
			kept = rig_lost_memory();
			if (request != VFIO_IOMMU_UNMAP_DMA &&
			    request != VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY)
				assert_int_equal(kept, 0);
			lost += kept;
		}
	}
}

static void
sweep_all(bool ddw, enum rte_mempool_ddw_mapping mapping)
{
	static const unsigned long requests[] = { VFIO_IOMMU_MAP_DMA, VFIO_IOMMU_UNMAP_DMA,
						  VFIO_IOMMU_SPAPR_REGISTER_MEMORY,
						  VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY };
	struct life l = { .ddw = ddw, .mapping = mapping };
	struct rig_conf conf = machine(&l);
	unsigned int i;

	faults = lives = lost = 0;
	numbers = rig_seed();
	rig_begin(&conf);
	live(&l, false);
	rig_end();
	for (i = 0; i < RTE_DIM(requests); i++) {
		sweep(ddw, mapping, requests[i], -ENOMEM, false);
		sweep(ddw, mapping, requests[i], 1, false);
		sweep(ddw, mapping, requests[i], -EIO, true);
	}
	printf("faults: %u in %u lives; the memory of %u pools was kept for good\n", faults, lives,
	       lost);
}

static void
test_any_failed_ioctl_survived_on_demand(void **state)
{
	(void)state;
	sweep_all(false, RTE_MEMPOOL_DDW_MAPPING_DEMAND);
}

static void
test_any_failed_ioctl_survived_on_demand_in_ddw(void **state)
{
	(void)state;
	sweep_all(true, RTE_MEMPOOL_DDW_MAPPING_DEMAND);
}

static void
test_any_failed_ioctl_survived_mapped_at_once(void **state)
{
	(void)state;
	sweep_all(true, RTE_MEMPOOL_DDW_MAPPING_STATIC);
}

/* The limit of locked memory: a pool too large is refused, one that fits is not. */
static void
test_pool_beyond_memlock_refused(void **state)
{
	const struct rig_conf machine_conf = { .window = 4 * MIB, .memlock = 1536 * KIB };
	const struct rte_mempool_ddw_conf conf = {
		.chunk_size = CHUNK,
		.max_n = 2 * N,
		.mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND,
	};
	struct life l = { .mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND };
	unsigned int regions;

	(void)state;
	rig_begin(&machine_conf);
	assert_null(rig_pool("large", 4 * N, SIZE, 0, &conf));
	assert_int_equal(rte_errno, EINVAL); /* more than max_n */
	rig_log_clear();
	assert_null(rig_pool("large", 2 * N, SIZE, 0, &conf));
	assert_int_equal(rte_errno, ENOMEM);
	assert_int_equal(rig_logged("DDW-register-failed"), 1);
	assert_int_equal(rig_regions(), 0);
	create(&l, 0);
	assert_non_null(l.pools[0]);
	assert_int_equal(rte_mempool_ddw_grow(l.pools[0], MORE), MORE);
	create(&l, 1);
	use(&l, 0);
	regions = rig_regions();
	assert_in_range(rte_mempool_ddw_trim(l.pools[0], N), 1, MORE);
	assert_true(rig_regions() < regions);
	use(&l, 0);
	assert_int_equal(rte_mempool_ddw_free(l.pools[0]), 0);
	assert_int_equal(rte_mempool_ddw_free(l.pools[1]), 0);
	rig_end();
	assert_int_equal(rig_lost_memory(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_failed_ioctl_survived_on_demand),
		cmocka_unit_test(test_any_failed_ioctl_survived_on_demand_in_ddw),
		cmocka_unit_test(test_any_failed_ioctl_survived_mapped_at_once),
		cmocka_unit_test(test_pool_beyond_memlock_refused),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
