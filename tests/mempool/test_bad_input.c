/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* What cannot be done: one message, the right errno, and nothing is left behind. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_memzone.h>

#include "rig.h"

#define N 500

/* The arguments of rte_mempool_create_ddw() that matter, good ones at first. */
struct asked {
	const char *name;
	unsigned int n;
	unsigned int elt_size;
	unsigned int cache_size;
	int socket_id;
	unsigned int flags;
	struct rte_mempool_ddw_conf conf;
};

static const struct asked usual = {
	.name = "pool",
	.n = N,
	.elt_size = 500,
	.socket_id = SOCKET_ID_ANY,
};

/* EAL's own functions, as the library calls them here. */
static enum rte_proc_type_t process = RTE_PROC_PRIMARY;
static const void *bus;

enum rte_proc_type_t
rte_eal_process_type(void)
{
	return process;
}

struct rte_bus *
rte_bus_find_by_name(const char *name)
{
	return strcmp(name, "vfio_spapr") == 0 ? (struct rte_bus *)(uintptr_t)bus : NULL;
}

const char *
rte_dev_name(const struct rte_device *dev)
{
	return (const char *)dev;
}

/* Windows as the plugin tells of them, and a device. */
static struct {
	struct vfio_spapr_dma table;
	struct vfio_spapr_dma_info info;
	uint64_t used; /* bytes given out */
	int error;     /* of the next calls */
	unsigned int bits;
} fake;

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
fake_poison(uint64_t len)
{
	(void)len;
	return UINT64_C(1) << 62;
}

static int
fake_device(const struct rte_device *dev, unsigned int *bits)
{
	(void)dev;
	*bits = fake.bits;
	return fake.bits == 0 ? -ENODEV : 0;
}

/* A default window, and a dynamic one of 1 TiB. */
static void
use_fake(enum vfio_spapr_dma_kind kind, uint64_t default_size)
{
	struct ddw_window_info small = { .start = 0, .size = default_size, .page_shift = 12 };
	struct ddw_window_info large = {
		.start = UINT64_C(1) << 59,
		.size = UINT64_C(1) << 40,
		.page_shift = 12,
	};

	memset(&fake, 0, sizeof(fake));
	fake.table = dma_plain;
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
	dma_use(&fake.table);
}

static struct rte_mempool *
make(const struct asked *a)
{
	rig_log_clear();
	rte_errno = 0;
	return rte_mempool_create_ddw(a->name, a->n, a->elt_size, a->cache_size, 0, NULL, NULL,
				      NULL, NULL, a->socket_id, a->flags, &a->conf);
}

/* Exactly one message, and that one. */
static void
check_message(const char *id)
{
	if (rig_logged(id) != 1 || rig_logged("DDW-") != 1 || rig_logged("why:") != 1 ||
	    rig_logged("fix:") != 1)
		fail_msg("%s: %u messages, %u of them this one", id, rig_logged("DDW-"),
			 rig_logged(id));
}

static void
refused(const struct asked *a, const char *id, int err)
{
	assert_null(make(a));
	assert_int_equal(rte_errno, err);
	check_message(id);
	assert_true(TAILQ_EMPTY(&pools.list));
	/* Nothing of it is left: the same name can be used. */
	dma_use(&dma_plain);
	{
		struct rte_mempool *mp = make(&usual);

		assert_non_null(mp);
		assert_int_equal(rte_mempool_ddw_free(mp), 0);
	}
	dma_use(fake.table.size != 0 ? &fake.table : NULL);
}

#define REFUSED(id, err, ...)                      \
	do {                                       \
		struct asked asked = usual;        \
		struct rte_mempool_ddw_conf *conf; \
                                                   \
		conf = &asked.conf;                \
		(void)conf;                        \
		__VA_ARGS__;                       \
		refused(&asked, id, err);          \
	} while (0)

static void
test_sizes(void **state)
{
	(void)state;
	REFUSED("DDW-pool-size", EINVAL, asked.n = 0);
	REFUSED("DDW-pool-size", EINVAL, asked.n = UINT32_MAX);
	REFUSED("DDW-pool-size", EINVAL, asked.elt_size = 0);
	REFUSED("DDW-pool-size", EINVAL, asked.elt_size = UINT32_MAX);
	REFUSED("DDW-pool-size", EINVAL, asked.n = 1u << 29; asked.elt_size = 1u << 30);
	REFUSED("DDW-pool-size", EINVAL, asked.elt_size = 1u << 30; conf->max_n = 1u << 29);
	REFUSED("DDW-pool-size", EINVAL, asked.cache_size = RTE_MEMPOOL_CACHE_MAX_SIZE + 1);
	REFUSED("DDW-pool-size", EINVAL, asked.cache_size = N);
}

static void
test_names(void **state)
{
	const struct rte_memzone *mz;
	struct rte_mempool *mp;
	struct asked a = usual;

	(void)state;
	REFUSED("DDW-pool-name", EINVAL, asked.name = NULL);
	REFUSED("DDW-pool-name", EINVAL, asked.name = "");
	REFUSED("DDW-pool-name", ENAMETOOLONG, asked.name = "a_name_of_twenty_six_lette");
	a.name = "a_name_of_twenty_five_let";
	mp = make(&a);
	assert_non_null(mp);
	assert_null(make(&a));
	assert_int_equal(rte_errno, EEXIST);
	check_message("DDW-pool-name");
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	/* Names of rings and memzones count as well. */
	mz = rte_memzone_reserve("RG_MP_pool", 64, SOCKET_ID_ANY, 0);
	assert_non_null(mz);
	assert_null(make(&usual));
	assert_int_equal(rte_errno, EEXIST);
	assert_int_equal(rig_logged("DDW-pool-name"), 1);
	assert_int_equal(rte_memzone_free(mz), 0);
	mz = rte_memzone_reserve("MP_pool", 64, SOCKET_ID_ANY, 0);
	assert_non_null(mz);
	assert_null(make(&usual));
	assert_int_equal(rte_errno, EEXIST);
	check_message("DDW-pool-name");
	assert_int_equal(rte_memzone_free(mz), 0);
}

static void
test_nodes(void **state)
{
	(void)state;
	REFUSED("DDW-pool-node", ENODEV, asked.socket_id = RTE_MAX_NUMA_NODES);
	REFUSED("DDW-pool-node", ENODEV, asked.socket_id = -2);
	REFUSED("DDW-pool-node", ENODEV, asked.socket_id = RTE_MAX_NUMA_NODES - 1);
}

static void
test_choices(void **state)
{
	(void)state;
	REFUSED("DDW-pool-config", EINVAL, conf->max_n = N - 1);
	REFUSED("DDW-pool-config", EINVAL, conf->max_n = UINT32_MAX);
	REFUSED("DDW-pool-config", EINVAL, conf->addr_bits = 11);
	REFUSED("DDW-pool-config", EINVAL, conf->addr_bits = 65);
	REFUSED("DDW-pool-config", EINVAL, conf->page_size = 12345);
	REFUSED("DDW-pool-config", EINVAL, conf->chunk_size = 64);
	REFUSED("DDW-pool-config", EINVAL, conf->chunk_size = 64 * KIB + 1);
	REFUSED("DDW-pool-config", EINVAL,
		conf->window = (enum rte_mempool_ddw_window)(RTE_MEMPOOL_DDW_WINDOW_DEFAULT + 1));
	REFUSED("DDW-pool-config", EINVAL,
		conf->mapping = (enum rte_mempool_ddw_mapping)(RTE_MEMPOOL_DDW_MAPPING_DEMAND + 1));
	REFUSED("DDW-pool-config", EINVAL, asked.flags = RTE_MEMPOOL_F_SC_GET);
	REFUSED("DDW-pool-config", EINVAL, asked.flags = 1u << 31);
}

static void
test_pages(void **state)
{
	(void)state;
	REFUSED("DDW-pool-config", EINVAL, conf->page_size = 512 * 1024 * MIB);
}

static void
test_mbufs(void **state)
{
	(void)state;
	rig_log_clear();
	assert_null(rte_pktmbuf_pool_create_ddw("pool", N, 0, 1, 2048, SOCKET_ID_ANY, NULL));
	assert_int_equal(rte_errno, EINVAL);
	check_message("DDW-pool-size");
	rig_log_clear();
	assert_null(rte_pktmbuf_pool_create_ddw(NULL, N, 0, 0, RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY,
						NULL));
	assert_int_equal(rte_errno, EINVAL);
	check_message("DDW-pool-size");
}

static void
test_windows(void **state)
{
	(void)state;
	use_fake(VFIO_SPAPR_DMA_DDW, 0);
	REFUSED("DDW-pool-window", ENOTSUP, conf->window = RTE_MEMPOOL_DDW_WINDOW_DEFAULT);
	REFUSED("DDW-pool-window", ENOSPC, conf->addr_bits = 32);
	/* Too small for one chunk */
	use_fake(VFIO_SPAPR_DMA_DMA32, 64 * KIB);
	REFUSED("DDW-pool-window", ENOSPC, conf->chunk_size = 128 * KIB);
	REFUSED("DDW-pool-window", ENOSPC, conf->chunk_size = 128 * KIB;
		conf->mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND);
	/* For all of it at once */
	REFUSED("DDW-pool-window", ENOSPC, conf->chunk_size = 16 * KIB;
		conf->mapping = RTE_MEMPOOL_DDW_MAPPING_STATIC);
	/* Of pages that are too small */
	use_fake(VFIO_SPAPR_DMA_DDW, 0);
	fake.info.windows[DDW_RANGE_MAIN].page_shift = 21;
	REFUSED("DDW-pool-memory", ENOTSUP, asked.n = N);
	/* Windows that were closed meanwhile */
	use_fake(VFIO_SPAPR_DMA_DDW, 0);
	fake.error = -ENODEV;
	REFUSED("DDW-pool-no-plugin", ENODEV, asked.n = N);
	fake.table.size = 0;
	dma_use(NULL);
}

/* Bus addresses of DPDK's own cannot be chosen. */
static void
test_plain_limit(void **state)
{
	(void)state;
	REFUSED("DDW-pool-window", ENOSPC, conf->addr_bits = 20);
}

static void
test_contiguous(void **state)
{
	(void)state;
	use_fake(VFIO_SPAPR_DMA_DDW, 0);
	fake.info.contiguous = 0;
	REFUSED("DDW-pool-contiguous", ENOTSUP, asked.elt_size = 1 << 20; asked.n = 4);
	fake.table.size = 0;
	dma_use(NULL);
}

/* The environment speaks for pools that are made by name. */
static void
by_name(const char *config, const char *id, int err)
{
	assert_int_equal(setenv("MEMPOOL_DDW_CONFIG", config, 1), 0);
	rig_log_clear();
	assert_null(rte_pktmbuf_pool_create_by_ops("pool", N, 0, 0, 2048, SOCKET_ID_ANY, "ddw"));
	assert_int_equal(rte_errno, err);
	check_message(id);
	assert_int_equal(unsetenv("MEMPOOL_DDW_CONFIG"), 0);
	assert_true(TAILQ_EMPTY(&pools.list));
}

static void
test_environment(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	by_name("colour=red", "DDW-pool-config", EINVAL);
	by_name("page_size", "DDW-pool-config", EINVAL);
	by_name("page_size=large", "DDW-pool-config", EINVAL);
	by_name("chunk_size=-1", "DDW-pool-config", EINVAL);
	by_name("mapping=later", "DDW-pool-config", EINVAL);
	by_name("window=left", "DDW-pool-config", EINVAL);
	by_name("addr_bits=3", "DDW-pool-config", EINVAL);
	by_name("addr_bits=65", "DDW-pool-config", EINVAL);
	by_name("chunk_size=1K", "DDW-pool-config", EINVAL);
	by_name("addr_bits=20", "DDW-pool-window", ENOSPC);
	assert_int_equal(setenv("MEMPOOL_DDW_CONFIG",
				"chunk_size=64K,mapping=demand,window=main,addr_bits=64", 1),
			 0);
	mp = rte_pktmbuf_pool_create_by_ops("pool", N, 0, 0, 2048, SOCKET_ID_ANY, "ddw");
	assert_non_null(mp);
	assert_int_equal(pools_get(mp)->layout.chunk_size, 64 * KIB);
	assert_true(pools_get(mp)->demand_mapped);
	rte_mempool_free(mp);
	assert_int_equal(unsetenv("MEMPOOL_DDW_CONFIG"), 0);
}

/* Memory of the application's, handed to a pool that maps its own on demand. */
static void
test_other_memory(void **state)
{
	struct rte_mempool_ddw_conf conf = { .mapping = RTE_MEMPOOL_DDW_MAPPING_DEMAND };
	static char memory[64 * 1024] __attribute__((aligned(4096)));
	struct rte_mempool *mp;
	void *obj;

	(void)state;
	mp = rte_mempool_create_empty("pool", N, 100, 0, 0, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "ddw", &conf), 0);
	rig_log_clear();
	assert_int_equal(rte_mempool_populate_virt(mp, memory, sizeof(memory), 4096, NULL, NULL),
			 0);
	/* A message for each page that EAL offers */
	assert_true(rig_logged("DDW-pool-memory") >= 1);
	/* It is an empty pool. */
	assert_int_equal(rte_mempool_get(mp, &obj), -ENOBUFS);
	assert_int_equal(rte_mempool_avail_count(mp), 0);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);

	/* Otherwise it is used as it is, and no other is taken. */
	mp = rte_mempool_create_empty("pool", N, 100, 0, 0, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "ddw", NULL), 0);
	assert_true(rte_mempool_populate_virt(mp, memory, sizeof(memory), 4096, NULL, NULL) > 0);
	assert_false(pools_get(mp)->made);
	rig_log_clear();
	assert_int_equal(rte_mempool_ddw_trim(mp, 0), -ENOTSUP);
	check_message("DDW-pool-memory");
	rig_log_clear();
	assert_int_equal(rte_mempool_ddw_grow(mp, 1), -ENOSPC);
	check_message("DDW-pool-size");
	rte_mempool_free(mp);

	/* More than a ring can hold; rte_mempool_create_empty() does not mind. */
	mp = rte_mempool_create_empty("pool", UINT32_MAX - 1, 100, 0, 0, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "ddw", NULL), 0);
	rig_log_clear();
	assert_int_equal(rte_mempool_populate_virt(mp, memory, sizeof(memory), 4096, NULL, NULL),
			 -EINVAL);
	check_message("DDW-pool-size");
	rte_mempool_free(mp);
}

static void
test_others(void **state)
{
	struct rte_mempool_ddw_stats stats;
	struct rte_mempool *mp;

	(void)state;
	mp = rte_mempool_create("pool", N, 100, 0, 0, NULL, NULL, NULL, NULL, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	rig_log_clear();
	assert_int_equal(rte_mempool_ddw_free(mp), -EINVAL);
	check_message("DDW-pool-config");
	assert_int_equal(rte_mempool_ddw_grow(mp, 1), -EINVAL);
	assert_int_equal(rte_mempool_ddw_trim(mp, 1), -EINVAL);
	assert_int_equal(rte_mempool_ddw_check(mp, NULL, 0), -EINVAL);
	assert_int_equal(rte_mempool_ddw_stats_get(mp, &stats), -EINVAL);
	assert_int_equal(rte_mempool_ddw_grow(NULL, 1), -EINVAL);
	rte_mempool_free(mp);
}

static void
test_busy(void **state)
{
	struct rte_mempool *mp = make(&usual);
	void *obj;

	(void)state;
	assert_non_null(mp);
	assert_int_equal(rte_mempool_get(mp, &obj), 0);
	assert_int_equal(rte_mempool_ddw_free(mp), -EBUSY);
	check_message("DDW-pool-busy");
	memset(obj, 1, usual.elt_size);
	rte_mempool_put(mp, obj);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

static int
reach(struct rte_mempool *mp, unsigned int bits)
{
	rig_log_clear();
	return rte_mempool_ddw_check(mp, (const struct rte_device *)"0000:01:00.0", bits);
}

static void
test_reach(void **state)
{
	struct asked a = usual;
	struct rte_mempool *mp;

	(void)state;
	use_fake(VFIO_SPAPR_DMA_DDW, 1024 * MIB);
	fake.bits = 64;
	mp = make(&a);
	assert_non_null(mp);
	rig_log_clear();
	assert_int_equal(rte_mempool_ddw_check(mp, NULL, 32), -EINVAL);
	check_message("DDW-pool-config");
	assert_int_equal(reach(mp, 65), -EINVAL);
	assert_int_equal(reach(mp, 0), 0);
	assert_int_equal(reach(mp, 60), 0);
	assert_int_equal(rig_logged("DDW-"), 0);
	assert_int_equal(reach(mp, 59), -ERANGE);
	check_message("DDW-pool-reach");
	fake.bits = 32;
	assert_int_equal(reach(mp, 0), -ERANGE);
	check_message("DDW-pool-reach");
	assert_int_equal(rig_logged("0000:01:00.0 has 32 address bits, pool pool"), 1);
	fake.bits = 0;
	assert_int_equal(reach(mp, 0), -ENODEV);
	check_message("DDW-pool-reach");
	assert_int_equal(rte_mempool_ddw_free(mp), 0);

	/* One that is made for such a device; it may grow up to there. */
	fake.bits = 32;
	a.conf.window = RTE_MEMPOOL_DDW_WINDOW_DEFAULT;
	a.conf.addr_bits = 28;
	a.conf.max_n = 2 * N;
	mp = make(&a);
	assert_non_null(mp);
	assert_int_equal(reach(mp, 0), 0);
	assert_int_equal(reach(mp, 28), 0);
	assert_int_equal(reach(mp, 27), -ERANGE);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);

	/* One that is not for devices. */
	a = usual;
	a.flags = RTE_MEMPOOL_F_NO_IOVA_CONTIG;
	mp = make(&a);
	assert_non_null(mp);
	assert_int_equal(reach(mp, 64), -ERANGE);
	check_message("DDW-pool-reach");
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
	fake.table.size = 0;
	dma_use(NULL);
}

/* No choice holds for memory that is handed to the mempool. */
static void
test_reach_of_other_memory(void **state)
{
	struct rte_mempool_ddw_conf conf = {
		.mapping = RTE_MEMPOOL_DDW_MAPPING_STATIC,
		.addr_bits = 32,
	};
	static char memory[64 * 1024] __attribute__((aligned(4096)));
	struct rte_mempool *mp;

	(void)state;
	use_fake(VFIO_SPAPR_DMA_DDW, 1024 * MIB);
	fake.bits = 64;
	mp = rte_mempool_create_empty("pool", N, 100, 0, 0, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "ddw", &conf), 0);
	assert_true(rte_mempool_populate_iova(mp, memory, UINT64_C(1) << 59, sizeof(memory), NULL,
					      NULL) > 0);
	assert_int_equal(reach(mp, 32), -ERANGE);
	check_message("DDW-pool-reach");
	assert_int_equal(reach(mp, 0), 0);
	rte_mempool_free(mp);
	fake.table.size = 0;
	dma_use(NULL);
}

static void
test_secondary(void **state)
{
	struct rte_mempool *mp = make(&usual);

	(void)state;
	assert_non_null(mp);
	process = RTE_PROC_SECONDARY;
	assert_null(make(&usual));
	assert_int_equal(rte_errno, ENOTSUP);
	check_message("DDW-pool-secondary");
	rig_log_clear();
	assert_int_equal(rte_mempool_ddw_free(mp), -ENOTSUP);
	check_message("DDW-pool-secondary");
	assert_int_equal(rte_mempool_ddw_grow(mp, 1), -ENOTSUP);
	assert_int_equal(rte_mempool_ddw_trim(mp, 1), -ENOTSUP);
	process = RTE_PROC_PRIMARY;
	assert_int_equal(rte_mempool_avail_count(mp), N);
	assert_int_equal(rte_mempool_ddw_free(mp), 0);
}

static void
test_secondary_by_name(void **state)
{
	struct rte_mempool *mp;

	(void)state;
	mp = rte_mempool_create_empty("pool", N, 100, 0, 0, SOCKET_ID_ANY, 0);
	assert_non_null(mp);
	assert_int_equal(rte_mempool_set_ops_byname(mp, "ddw", NULL), 0);
	rig_log_clear();
	process = RTE_PROC_SECONDARY;
	assert_int_equal(rte_mempool_populate_default(mp), -ENOTSUP);
	process = RTE_PROC_PRIMARY;
	check_message("DDW-pool-secondary");
	rte_mempool_free(mp);
}

/* A bus of that name that is in no plugin of ours. */
static void
test_other_plugin(void **state)
{
	(void)state;
	bus = &usual;
	assert_null(make(&usual));
	assert_int_equal(rte_errno, ENODEV);
	check_message("DDW-pool-no-plugin");
	bus = strdup("nowhere");
	assert_null(make(&usual));
	check_message("DDW-pool-no-plugin");
	free((void *)(uintptr_t)bus);
	bus = NULL;
}

static int
begin(void **state)
{
	(void)state;
	rig_eal();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_mbufs),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_plain_limit),
		cmocka_unit_test(test_contiguous),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_other_memory),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_reach_of_other_memory),
		cmocka_unit_test(test_secondary),
		cmocka_unit_test(test_secondary_by_name),
		cmocka_unit_test(test_other_plugin),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
