/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Which devices are held open while pci probes, with both kinds of EAL's VFIO. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/dpdk_abi.h"
#include "base/report.h"
#include "base/vfio_eal.h"
#include "groups.h"
#include "hotplug.h"
#include "memory/external.h"
#include "memory/virt2iova.h"
#include "pci_wrap.h"
#include "teardown.h"
#include "unit.h"
#include "virtio.h"

struct context spapr_ctx;
int vfio_spapr_logtype;

/* Two devices in group 1, one in group 2, and one that was refused. */
static struct device devices[4];
static struct bus_layout pci;
static bool assigns;
static const char *fails; /* a device that EAL cannot open */
static char held[64];	  /* names during the probe, a letter each */
static unsigned int let_go, refused;

/* Of base/vfio_eal.c and groups.c. */
bool
spapr_vfio_assigns(void)
{
	return assigns;
}

struct group *
spapr_group_find(int number)
{
	static struct group groups[2] = { { .number = 1 }, { .number = 2 } };

	return number == 1 || number == 2 ? &groups[number - 1] : NULL;
}

bool
spapr_group_hold(struct device *d)
{
	d->held = fails == NULL || strcmp(fails, d->name) != 0;
	return d->held;
}

void
spapr_group_let_go(struct device *d)
{
	let_go += d->held;
	d->held = false;
}

void
spapr_groups_lock(void)
{
}

void
spapr_groups_unlock(void)
{
}

/* Of base/devices.c. */
const struct device *
spapr_device_of_group(int number)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(devices); i++)
		if (devices[i].group == number && !devices[i].blocked)
			return &devices[i];
	return NULL;
}

void
spapr_device_block(struct device *d)
{
	d->blocked = true;
}

void
spapr_devices_block_group(int number, bool quiet)
{
	unsigned int i;

	assert_false(quiet);
	for (i = 0; i < RTE_DIM(devices); i++)
		devices[i].blocked |= devices[i].group == number;
}

bool
spapr_device_find(const struct rte_device *dev, struct device *d)
{
	*d = *(const struct device *)dev;
	return true;
}

void
spapr_device_forget(const char *name)
{
	assert_non_null(name);
}

/* Of base/report.c and base/dpdk_abi.c. */
void
spapr_report_refused(int group, const char *name, const struct ddw_error *err)
{
	assert_true(group > 0 && name != NULL);
	assert_int_equal(err->msg, DDW_MSG_GROUP_OPEN);
	refused++;
}

bool
spapr_abi_bus_maps(const struct rte_bus *bus, const struct rte_device *dev)
{
	return bus != NULL && dev != NULL;
}

/* Of the other files. */
void
spapr_virtio_block(void)
{
}

static int virtio_result;

int
spapr_virtio_check(const char *name, int fd)
{
	(void)fd;
	assert_non_null(name);
	return virtio_result;
}

int
spapr_hotplug_prepare(const struct device *d)
{
	return d->group == 1 ? 0 : -ENODEV;
}

void
spapr_hotplug_check_groups(void)
{
}

void
spapr_teardown(void)
{
}

void
spapr_teardown_if_strict(int ret)
{
	assert_int_equal(ret, 0);
}

void
spapr_virt2iova_restore(void)
{
}

void
spapr_external_device_gone(const struct rte_device *dev)
{
	assert_non_null(dev);
}

int
spapr_external_dma_map(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	return dev != NULL && addr != NULL && iova != 0 && len != 0 ? 0 : -EINVAL;
}

int
spapr_external_dma_unmap(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	return spapr_external_dma_map(dev, addr, iova, len);
}

/* Of the PCI bus. */
static int
probe(void)
{
	unsigned int i;

	held[0] = '\0';
	for (i = 0; i < RTE_DIM(devices); i++)
		if (devices[i].held)
			strcat(held, devices[i].name);
	return 7;
}

static unsigned int plugged;

static int
plug(struct rte_device *dev)
{
	plugged += ((struct device *)dev)->group == 1;
	return 0;
}

static int
setup(void **state)
{
	static const struct device usual[4] = {
		{ .name = "a", .group = 1, .kind = DEVICE_VFIO },
		{ .name = "b", .group = 1, .kind = DEVICE_VFIO },
		{ .name = "c", .group = 2, .kind = DEVICE_VFIO },
		{ .name = "d", .group = 2, .kind = DEVICE_VFIO, .blocked = true },
	};

	(void)state;
	memcpy(devices, usual, sizeof(devices));
	memset(&spapr_ctx, 0, sizeof(spapr_ctx));
	pci = (struct bus_layout){ .probe = probe, .plug = plug };
	spapr_ctx.pci = &pci;
	spapr_ctx.devices = devices;
	spapr_ctx.n_devices = RTE_DIM(devices);
	fails = NULL;
	virtio_result = 0;
	assigns = false;
	let_go = refused = plugged = 0;
	spapr_pci_wrap();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	spapr_pci_unwrap();
	assert_ptr_equal(pci.probe, probe);
	return 0;
}

static void
probe_holds(const char *names, unsigned int refusals)
{
	assert_int_equal(pci.probe(), 7);
	assert_string_equal(held, names);
	assert_int_equal(let_go, strlen(names));
	assert_int_equal(refused, refusals);
	assert_int_equal(spapr_ctx.n_refused, refusals);
}

static void
test_one_device_of_each_group_held(void **state)
{
	(void)state;
	probe_holds("ac", 0);
	assert_false(devices[0].blocked || devices[1].blocked || devices[2].blocked);
}

/* EAL has closed the group: its other device must not open it again. */
static void
test_group_that_cannot_be_held_blocked(void **state)
{
	(void)state;
	fails = "a";
	probe_holds("c", 1);
	assert_true(devices[0].blocked && devices[1].blocked);
	assert_false(devices[2].blocked);
}

static void
test_assigned_devices_all_held(void **state)
{
	(void)state;
	assigns = true;
	probe_holds("abc", 0);
}

static void
test_assigned_device_that_fails_blocked_alone(void **state)
{
	(void)state;
	assigns = true;
	fails = "a";
	probe_holds("bc", 1);
	assert_true(devices[0].blocked);
	assert_false(devices[1].blocked || devices[2].blocked);
}

/* A device without group in this process is not the plugin's to open. */
static void
test_other_devices_left_alone(void **state)
{
	(void)state;
	devices[0].group = 9;
	devices[2].kind = DEVICE_UIO;
	probe_holds("b", 0);
	assert_false(devices[0].blocked || devices[2].blocked);
}

static void
test_plugged_device_held_and_let_go(void **state)
{
	(void)state;
	assert_int_equal(pci.plug((struct rte_device *)&devices[0]), 0);
	assert_int_equal(plugged, 1);
	assert_int_equal(let_go, 1);
	assert_int_equal(pci.plug((struct rte_device *)&devices[2]), -ENODEV); /* no window */
	fails = "a";
	assert_int_equal(pci.plug((struct rte_device *)&devices[0]), -ENODEV);
	fails = NULL;
	assert_int_equal(let_go, 1);
	virtio_result = -EPERM;
	assert_int_equal(pci.plug((struct rte_device *)&devices[0]), -EPERM);
	assert_int_equal(let_go, 2);
	assert_int_equal(plugged, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_device_of_each_group_held, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_group_that_cannot_be_held_blocked, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_assigned_devices_all_held, setup, teardown),
		cmocka_unit_test_setup_teardown(test_assigned_device_that_fails_blocked_alone,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_devices_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plugged_device_held_and_let_go, setup,
						teardown),
	};

	return cmocka_run_group_tests_name("pci_wrap", tests, NULL, NULL);
}
