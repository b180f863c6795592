/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Which devices are held while pci probes, with both kinds of EAL's VFIO, and which are probed, in
 * both generations of the PCI bus. pci_wrap_others.c has what does little here.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_version.h>

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
static union {
	char room[ABI_BUS_SIZE];
	void *aligned;
} pci_bus;
static struct rte_bus *const pci = (struct rte_bus *)&pci_bus;
static enum abi_generation generation;
static bool assigns;
static const char *fails; /* a device that EAL cannot open */
static char held[64];	  /* names during the probe, a letter each */
static char probed[64], not_probed[64];
static unsigned int let_go, let_go_idle, refused;

/* Instead of EAL's. */
const char *
rte_version(void)
{
	return generation == ABI_2211 ? "DPDK 22.11.0" : "DPDK 26.07.0";
}

int
rte_dev_is_probed(const struct rte_device *dev)
{
	return strchr(probed, ((const struct device *)dev)->name[0]) != NULL;
}

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
spapr_group_let_go(struct device *d, bool idle)
{
	let_go += d->held;
	let_go_idle += d->held && idle;
	d->held = false;
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
spapr_devices_block_group(int number, bool quiet)
{
	unsigned int i;

	assert_false(quiet);
	for (i = 0; i < RTE_DIM(devices); i++)
		devices[i].blocked |= devices[i].group == number;
}

/* Of base/report.c and base/dpdk_abi.c. */
void
spapr_report_refused(int group, const char *name, const struct ddw_error *err)
{
	assert_true(group > 0 && name != NULL);
	assert_int_equal(err->msg, DDW_MSG_GROUP_OPEN);
	refused++;
}

/* Of virtio.c. */
static int virtio_result;

int
spapr_virtio_check(const char *name, int fd)
{
	(void)fd;
	assert_non_null(name);
	return virtio_result;
}

static bool busy;

bool
spapr_group_device_busy(struct device *d)
{
	assert_int_equal(d->kind, DEVICE_VFIO);
	return busy;
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
static int plug_result;

static int
plug(struct rte_device *dev)
{
	plugged += ((struct device *)dev)->group == 1;
	return plug_result;
}

typedef int (*plug_fn)(struct rte_device *dev);
typedef int (*probe_device_fn)(struct rte_driver *drv, struct rte_device *dev);

static int
probe_device(struct rte_driver *drv, struct rte_device *dev)
{
	assert_ptr_equal(drv, &plugged);
	strcat(probed, ((struct device *)dev)->name);
	return plug(dev);
}

/* EAL asks the bus for each device of a driver. */
static int
call_plug(struct device *d)
{
	abi_fn fn = *spapr_abi_bus_fn(pci, ABI_BUS_PLUG);
	struct rte_device *dev = (struct rte_device *)d;

	return generation == ABI_2211 ? ((plug_fn)fn)(dev)
				      : ((probe_device_fn)fn)((struct rte_driver *)&plugged, dev);
}

static int
generic_probe(struct rte_bus *self)
{
	unsigned int i;

	assert_ptr_equal(self, pci);
	for (i = 0; i < RTE_DIM(devices); i++)
		if (call_plug(&devices[i]) == 1)
			strcat(not_probed, devices[i].name);
	return probe();
}

static int
call_probe(void)
{
	abi_fn fn = *spapr_abi_bus_fn(pci, ABI_BUS_PROBE);

	return generation == ABI_2211 ? ((int (*)(void))fn)()
				      : ((int (*)(struct rte_bus *))fn)(pci);
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
	unsigned int i;

	(void)state;
	memcpy(devices, usual, sizeof(devices));
	memset(&spapr_ctx, 0, sizeof(spapr_ctx));
	for (i = 0; i < RTE_DIM(devices); i++)
		devices[i].dev = (struct rte_device *)&devices[i];
	memset(&pci_bus, 0, sizeof(pci_bus));
	*spapr_abi_bus_fn(pci, ABI_BUS_PROBE) =
		generation == ABI_2211 ? (abi_fn)probe : (abi_fn)generic_probe;
	*spapr_abi_bus_fn(pci, ABI_BUS_PLUG) =
		generation == ABI_2211 ? (abi_fn)plug : (abi_fn)probe_device;
	spapr_ctx.pci = pci;
	spapr_ctx.devices = devices;
	spapr_ctx.n_devices = RTE_DIM(devices);
	fails = NULL;
	virtio_result = plug_result = 0;
	assigns = busy = false;
	let_go = let_go_idle = refused = plugged = 0;
	probed[0] = not_probed[0] = '\0';
	spapr_pci_wrap();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	spapr_pci_unwrap();
	assert_ptr_equal(*spapr_abi_bus_fn(pci, ABI_BUS_PROBE),
			 generation == ABI_2211 ? (abi_fn)probe : (abi_fn)generic_probe);
	return 0;
}

static void
probe_holds(const char *names, unsigned int refusals)
{
	assert_int_equal(call_probe(), 7);
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

/* EAL has closed the group. */
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
	assert_int_equal(call_plug(&devices[0]), 0);
	assert_int_equal(plugged, 1);
	assert_true(let_go == 1 && let_go_idle == 0);
	assert_int_equal(call_plug(&devices[2]), -ENODEV); /* no window */
	fails = "a";
	assert_int_equal(call_plug(&devices[0]), -ENODEV);
	fails = NULL;
	assert_int_equal(let_go, 1);
	virtio_result = -EPERM;
	assert_int_equal(call_plug(&devices[0]), -EPERM);
	assert_true(let_go == 2 && let_go_idle == 1);
	assert_int_equal(plugged, 1);
	/* Its driver has failed, which EAL does not know yet. */
	virtio_result = 0;
	plug_result = -EIO;
	assert_int_equal(call_plug(&devices[0]), -EIO);
	assert_true(let_go == 3 && let_go_idle == 2);
	/* It has one already, which goes on with it. */
	busy = true;
	plug_result = -EEXIST;
	assert_int_equal(call_plug(&devices[0]), -EEXIST);
	assert_true(let_go == 4 && let_go_idle == 2);
}

/* From 26.11 on a driver may close a device, and its group, before the next one is asked. */
static void
test_group_made_ready_for_each_driver(void **state)
{
	(void)state;
	if (generation == ABI_2211)
		skip();
	assigns = true;
	(void)call_probe();
	assert_string_equal(probed, "ab"); /* group 2 gets no window again */
	assert_string_equal(not_probed, "cd");
}

/* From 26.07 on pci asks for each device; before, it knows which ones are blocked. */
static void
test_blocked_device_not_probed(void **state)
{
	(void)state;
	if (generation == ABI_2211)
		skip();
	probe_holds("ac", 0);
	assert_string_equal(probed, "abc");
	assert_string_equal(not_probed, "d");
	assert_int_equal(let_go_idle, 0);
}

/* A secondary process probes what is not blocked; nothing else is wrapped. */
static void
test_secondary_blocks(void **state)
{
	(void)state;
	spapr_pci_unwrap();
	spapr_pci_wrap_secondary();
	(void)call_probe();
	assert_string_equal(held, "");
	if (generation == ABI_2607)
		assert_string_equal(probed, "abc");
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
		cmocka_unit_test_setup_teardown(test_blocked_device_not_probed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_group_made_ready_for_each_driver, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_secondary_blocks, setup, teardown),
	};
	int failed = cmocka_run_group_tests_name("pci_wrap 22.11", tests, NULL, NULL);

	generation = ABI_2607;
	return failed + cmocka_run_group_tests_name("pci_wrap 26.07", tests, NULL, NULL);
}
