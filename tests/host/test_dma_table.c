/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* What the plugin offers to libraries, over a simulated kernel. */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/dpdk_abi.h"
#include "dma_table.h"
#include "memory/grants.h"
#include "memory/reclaim.h"
#include "scene.h"
#include "vfio_spapr_dma.h"

#define V SCENE_VADDR

const struct vfio_spapr_dma *vfio_spapr_dma(void);

struct context spapr_ctx;
int vfio_spapr_logtype;

static struct scene *scene;
static const struct vfio_spapr_dma *table;
static struct ddw_error err;

/* Of memory/grants.c. */
static unsigned int locked, forgotten;

void
spapr_grants_lock(void)
{
	locked++;
}

void
spapr_grants_unlock(void)
{
	locked--;
}

void
spapr_grants_forget(uint64_t vaddr, uint64_t len)
{
	assert_int_equal(locked, 1);
	assert_true(vaddr >= V && len != 0);
	forgotten++;
}

/* Of base/devices.c. */
static char pci[ABI_BUS_SIZE], other_bus[ABI_BUS_SIZE];
static struct device_layout device;
static int group;
static bool narrow;

bool
spapr_device_find(const struct rte_device *dev, struct device *d)
{
	assert_ptr_equal(dev, &device);
	*d = (struct device){ .name = "a device", .group = group };
	return group != -ENOENT;
}

bool
spapr_device_is_narrow(const char *name)
{
	assert_string_equal(name, "a device");
	return narrow;
}

/* Of EAL, whose own needs a real device. */
const struct rte_bus *
rte_dev_bus(const struct rte_device *dev)
{
	return ((const struct device_layout *)dev)->bus;
}

static int
start(void **state)
{
	(void)state;
	scene = scene_ready();
	spapr_ctx.space = scene->space;
	spapr_ctx.pci = (struct rte_bus *)pci;
	device.bus = (struct rte_bus *)pci;
	group = 1;
	narrow = false;
	forgotten = 0;
	spapr_dma_table_start(scene->space);
	table = vfio_spapr_dma();
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	table->set_reclaim(NULL);
	spapr_dma_table_stop();
	assert_int_equal(locked, 0);
	scene_end(scene);
	return 0;
}

static const struct rte_device *
the_device(void)
{
	return (const struct rte_device *)&device;
}

static void
test_table_refuses_all_without_space(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M, .flags = DDW_MAP_PINNED };
	struct vfio_spapr_dma_info info;
	unsigned int bits = 0;

	(void)state;
	spapr_dma_table_stop();
	memset(&info, 0xff, sizeof(info));
	table->info(&info);
	assert_int_equal(info.kind, VFIO_SPAPR_DMA_NONE);
	assert_true(info.windows[DDW_RANGE_MAIN].size == 0);
	assert_int_equal(table->pin(V, MODEL_2M, 0, &err), -ENODEV);
	assert_int_equal(table->unpin(V, MODEL_2M, &err), -ENODEV);
	assert_int_equal(table->map(&m, &err), -ENODEV);
	assert_int_equal(table->unmap(V, MODEL_2M, &err), -ENODEV);
	assert_string_equal(err.what, "");
	assert_int_equal(table->pin(V, MODEL_2M, 0, NULL), -ENODEV);
	assert_int_equal(table->device(the_device(), &bits), -ENODEV);
	assert_true(table->poison() == RTE_BAD_IOVA);
	assert_int_equal(bits, 0);
}

static void
test_table_pins_maps_and_unmaps(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M, .flags = DDW_MAP_PINNED };
	struct vfio_spapr_dma_info info;
	uint64_t at;

	(void)state;
	assert_int_equal(table->version, VFIO_SPAPR_DMA_VERSION);
	assert_int_equal(table->size, sizeof(*table));
	assert_ptr_equal(table, vfio_spapr_dma());
	table->info(&info);
	assert_int_equal(info.kind, VFIO_SPAPR_DMA_DDW);
	assert_true(info.windows[DDW_RANGE_MAIN].start == MODEL_HIGH);
	assert_true(info.windows[DDW_RANGE_SMALL].size != 0);
	assert_true(info.contiguous == UINT64_MAX);
	assert_int_equal(table->pin(V, 4 * MODEL_2M, 2 * MODEL_2M, &err), 0);
	assert_int_equal(table->map(&m, &err), 0);
	scene_reach(scene, V, m.iova, MODEL_2M);
	assert_int_equal(table->unpin(V, 4 * MODEL_2M, &err), -EBUSY);
	assert_int_equal(forgotten, 0);
	assert_int_equal(table->unmap(V, MODEL_2M, &err), 0);
	assert_int_equal(table->unpin(V, 4 * MODEL_2M, &err), 0);
	assert_int_equal(forgotten, 1);
	assert_int_equal(scene_stats(scene).regions, 0);
	assert_int_equal(model_dma(scene->m, 1, table->poison(), 1, &at), -EFAULT);
}

static void
test_info_of_default_windows(void **state)
{
	struct vfio_spapr_dma_info info;
	struct scene *s = scene_auto();

	(void)state;
	s->in.wishes.mode = DDW_MODE_DMA32;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_open_all(s, MODEL_1G, 0), 1);
	spapr_dma_table_start(s->space);
	table->info(&info);
	assert_int_equal(info.kind, VFIO_SPAPR_DMA_DMA32);
	assert_int_equal(info.windows[DDW_RANGE_MAIN].page_shift, 12);
	assert_true(info.windows[DDW_RANGE_SMALL].size == 0);
	spapr_dma_table_stop();
	scene_end(s);
}

static void
test_only_devices_of_usable_groups_known(void **state)
{
	unsigned int bits = 0;

	(void)state;
	assert_int_equal(table->device(the_device(), &bits), 0);
	assert_int_equal(bits, 64);
	narrow = true;
	assert_int_equal(table->device(the_device(), &bits), 0);
	assert_int_equal(bits, 32);
	group = 2;
	assert_int_equal(table->device(the_device(), &bits), 0);
	group = 3; /* which the plugin does not have */
	assert_int_equal(table->device(the_device(), &bits), -ENODEV);
	group = -ENOENT;
	assert_int_equal(table->device(the_device(), &bits), -ENODEV);
	group = 2;
	scene_lose(scene, 1);
	assert_false(ddw_space_group_alive(scene->space, 1));
	assert_int_equal(table->device(the_device(), &bits), -ENODEV);
	group = 1;
	device.bus = (struct rte_bus *)other_bus;
	assert_int_equal(table->device(the_device(), &bits), -ENODEV);
}

/* Memory at V that is mapped for nobody; every second page of it goes first. */
static uint64_t idle, asked;
static unsigned int n_idle;

static void
give_way(uint64_t bytes)
{
	asked += bytes;
	for (; n_idle != 0 && bytes != 0; bytes -= MODEL_2M, n_idle--) {
		assert_int_equal(table->unmap(V + idle, MODEL_2M, NULL), 0);
		idle += 2 * MODEL_2M;
		if (idle >= 16 * MODEL_2M)
			idle = MODEL_2M;
	}
}

static void
test_full_window_reclaims_idle_memory(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_1G, .flags = DDW_MAP_PINNED };
	uint64_t other;

	(void)state;
	idle = asked = 0;
	n_idle = 16;
	assert_false(spapr_reclaim(MODEL_2M));
	model_add_memory(scene->m, V + MODEL_1G, MODEL_1G, 21);
	/* the other half of the window */
	assert_int_equal(ddw_space_reserve(scene->space, MODEL_1G - 2 * MODEL_2M, 1, &other), 0);
	assert_int_equal(table->pin(V, MODEL_1G, 0, &err), 0);
	assert_int_equal(table->map(&m, &err), 0);
	m = (struct ddw_mapping){ .vaddr = V + MODEL_1G, .len = MODEL_2M };
	assert_int_equal(spapr_reclaim_map_memory(&m, &err), -ENOSPC);
	table->set_reclaim(give_way);
	assert_int_equal(spapr_reclaim_map_memory(&m, &err), 0);
	assert_int_equal(asked, MODEL_2M);
	assert_int_equal(n_idle, 15);
	assert_int_equal(err.err, 0);
	scene_reach(scene, m.vaddr, m.iova, m.len);
	/* two pages side by side are not to be had before half of the others have gone */
	m.vaddr += MODEL_2M;
	m.len = 2 * MODEL_2M;
	assert_int_equal(spapr_reclaim_map_memory(&m, &err), 0);
	scene_reach(scene, m.vaddr, m.iova, m.len);
	assert_true(n_idle <= 8);
	/* not with all of it */
	m.vaddr += m.len;
	m.len = 64 * MODEL_2M;
	check_error(&err, spapr_reclaim_map_memory(&m, &err), DDW_MSG_WINDOW_FULL);
	assert_int_equal(n_idle, 0);
	/* other errors are none of room */
	asked = 0;
	m.len++;
	assert_int_equal(spapr_reclaim_map_memory(&m, &err), -EINVAL);
	/* a library's own mapping is its own affair */
	m = (struct ddw_mapping){ .vaddr = V, .len = 64 * MODEL_2M, .flags = DDW_MAP_PINNED };
	assert_true(table->map(&m, &err) != 0);
	assert_int_equal(asked, 0);
}

static void *
keep_mapping(void *arg)
{
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M, .flags = DDW_MAP_PINNED };
	unsigned int *rounds = arg, bits;
	int ret;

	while ((ret = table->map(&m, NULL)) == 0) {
		(void)table->device(the_device(), &bits);
		__atomic_add_fetch(rounds, 1, __ATOMIC_RELAXED);
		ret = table->unmap(V, MODEL_2M, NULL);
		if (ret != 0)
			break;
	}
	*rounds |= ret == -ENODEV ? 0 : 1u << 31;
	return NULL;
}

/* The end comes while another thread is at work. */
static void
test_table_stops_while_thread_maps(void **state)
{
	unsigned int rounds = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(table->pin(V, MODEL_2M, 0, &err), 0);
	assert_int_equal(pthread_create(&thread, NULL, keep_mapping, &rounds), 0);
	while (__atomic_load_n(&rounds, __ATOMIC_RELAXED) < 100)
		;
	spapr_dma_table_stop();
	assert_int_equal(ddw_space_release(scene->space, &err), 0);
	assert_int_equal(scene_stats(scene).regions, 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(rounds >= 100 && rounds < 1u << 31);
	assert_int_equal(model_tces(scene->m), 0);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_table_refuses_all_without_space),
		TEST(test_table_pins_maps_and_unmaps),
		TEST(test_info_of_default_windows),
		TEST(test_only_devices_of_usable_groups_known),
		TEST(test_full_window_reclaims_idle_memory),
		TEST(test_table_stops_while_thread_maps),
	};

	return cmocka_run_group_tests_name("dma_table", tests, NULL, NULL);
}
