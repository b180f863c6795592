/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The gate that lets the plugin touch a DPDK only when it knows its structures. */

#include <stddef.h>
#include <string.h>

#include <rte_common.h>
#include <rte_version.h>

#include "base/dpdk_abi.h"
#include "unit.h"

/* Instead of EAL's: the release that the test pretends to run. */
static const char *version;

const char *
rte_version(void)
{
	return version;
}

static const char *const releases[ABI_GENERATIONS] = { "DPDK 25.11.4", "DPDK 26.07.0" };

static void
test_generation_of_each_release(void **state)
{
	static const struct {
		const char *version;
		enum abi_generation generation;
	} all[] = {
		{ "DPDK 22.11.0", ABI_2211 },	  { "DPDK 22.11.11", ABI_2211 },
		{ "DPDK 23.07.0", ABI_2211 },	  { "DPDK 24.11.4", ABI_2211 },
		{ "DPDK 25.11.4", ABI_2211 },	  { "DPDK 26.03.0", ABI_2211 },
		{ "DPDK 26.03.0-rc1", ABI_2211 }, { "DPDK 26.07.0", ABI_2607 },
		{ "DPDK 26.07.1-rc4", ABI_2607 }, { "DPDK 26.11.0", ABI_UNKNOWN },
		{ "DPDK 22.07.0", ABI_UNKNOWN },  { "DPDK 21.11.9", ABI_UNKNOWN },
		{ "DPDK 27.03.0", ABI_UNKNOWN },  { "DPDK 24.13.0", ABI_UNKNOWN },
		{ "DPDK 24.00.0", ABI_UNKNOWN },  { "Other 24.11.4", ABI_UNKNOWN },
		{ "DPDK", ABI_UNKNOWN },	  { "", ABI_UNKNOWN },
	};
	size_t i;

	(void)state;
	for (i = 0; i < RTE_DIM(all); i++)
		assert_int_equal(spapr_abi_generation_of(all[i].version), all[i].generation);
}

static void
test_unknown_release_refused(void **state)
{
	struct ddw_error err = { 0 };

	(void)state;
	version = "DPDK 27.03.0";
	assert_int_equal(spapr_abi_check_running(NULL, &err), -95);
	assert_int_equal(err.msg, DDW_MSG_LAYOUT_UNKNOWN);
	assert_non_null(strstr(err.what, version));
}

/* No PCI bus is linked into this program. */
static void
test_running_dpdk_accepted_without_pci_bus(void **state)
{
	struct ddw_error err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ABI_GENERATIONS; i++) {
		version = releases[i];
		assert_int_equal(spapr_abi_check_running(NULL, &err), 0);
		assert_int_equal(err.err, 0);
	}
}

static const struct rte_pci_id wanted[] = {
	{ RTE_CLASS_ANY_ID, 0x8086, 0x10d3, RTE_PCI_ANY_ID, RTE_PCI_ANY_ID },
	{ 0x010802, RTE_PCI_ANY_ID, RTE_PCI_ANY_ID, RTE_PCI_ANY_ID, RTE_PCI_ANY_ID },
	{ 0 },
};

struct link {
	TAILQ_ENTRY(link) next;
};
TAILQ_HEAD(list, link);

/* A PCI bus of the release, and what may come after it in memory. */
static union {
	struct link link;
	char room[2 * ABI_BUS_SIZE];
} bus;
static struct rte_bus *const pci = (struct rte_bus *)&bus;

/* A driver of PCI. */
static union {
	struct link link;
	char room[96];
} driver;

static const struct {
	uint8_t driver, dma_map, id_table;
} driver_at[ABI_GENERATIONS] = { { 16, 64, 80 }, { 0, 56, 72 } };

static void
nothing(void)
{
}

/* Of EAL, whose own reads the bus as of the release that it is. */
const char *
rte_bus_name(const struct rte_bus *b)
{
	return *(const char *const *)spapr_abi_bus(b, ABI_BUS_NAME);
}

const struct rte_driver *
rte_dev_driver(const struct rte_device *dev)
{
	return ((const struct device_layout *)dev)->driver;
}

static void
make_bus(enum abi_generation generation)
{
	static const enum abi_bus_member own[] = { ABI_BUS_SCAN, ABI_BUS_PLUG, ABI_BUS_UNPLUG,
						   ABI_BUS_DMA_MAP, ABI_BUS_DMA_UNMAP };
	size_t i;

	version = releases[generation];
	memset(&bus, 0, sizeof(bus));
	memset(&driver, 0, sizeof(driver));
	*(const char **)spapr_abi_bus(pci, ABI_BUS_NAME) = "pci";
	for (i = 0; i < RTE_DIM(own); i++)
		*spapr_abi_bus_fn(pci, own[i]) = nothing;
	TAILQ_INIT((struct list *)spapr_abi_bus(pci, ABI_BUS_DEVICES));
	TAILQ_INIT((struct list *)spapr_abi_bus(pci, ABI_BUS_DRIVERS));
}

static void
add_driver(enum abi_generation generation, const struct rte_pci_id *ids)
{
	*(const struct rte_pci_id **)(driver.room + driver_at[generation].id_table) = ids;
	TAILQ_INSERT_TAIL((struct list *)spapr_abi_bus(pci, ABI_BUS_DRIVERS), &driver.link, next);
}

/* struct rte_bus as each generation has it, from DPDK's headers: what the offsets are for. */
struct bus_2211 {
	void *next[2];
	const char *name;
	abi_fn scan, probe, find_device, plug, unplug, parse, devargs_parse, dma_map, dma_unmap;
	int conf;
	abi_fn iommu_class, iterate, hot_unplug, sigbus, cleanup;
	struct list devices, drivers; /* of struct rte_pci_bus */
};

struct bus_2607 {
	void *next[2];
	const char *name;
	bool multi_probe;
	abi_fn scan, probe, find_device, match, plug, unplug, parse, compare, devargs_parse;
	abi_fn dma_map, dma_unmap;
	int conf;
	abi_fn iommu_class, iterate, hot_unplug, sigbus, free_device, cleanup;
	struct list devices, drivers;
};

#define OFFSETS_OF(member)                                                           \
	{                                                                            \
		offsetof(struct bus_2211, member), offsetof(struct bus_2607, member) \
	}

static void
test_members_where_dpdk_has_them(void **state)
{
	static const size_t offsets[ABI_BUS_N_MEMBERS][ABI_GENERATIONS] = {
		[ABI_BUS_NAME] = OFFSETS_OF(name),
		[ABI_BUS_SCAN] = OFFSETS_OF(scan),
		[ABI_BUS_PROBE] = OFFSETS_OF(probe),
		[ABI_BUS_FIND_DEVICE] = OFFSETS_OF(find_device),
		[ABI_BUS_PLUG] = OFFSETS_OF(plug),
		[ABI_BUS_UNPLUG] = OFFSETS_OF(unplug),
		[ABI_BUS_PARSE] = OFFSETS_OF(parse),
		[ABI_BUS_DMA_MAP] = OFFSETS_OF(dma_map),
		[ABI_BUS_DMA_UNMAP] = OFFSETS_OF(dma_unmap),
		[ABI_BUS_IOMMU_CLASS] = OFFSETS_OF(iommu_class),
		[ABI_BUS_ITERATE] = OFFSETS_OF(iterate),
		[ABI_BUS_CLEANUP] = OFFSETS_OF(cleanup),
		[ABI_BUS_DEVICES] = OFFSETS_OF(devices),
		[ABI_BUS_DRIVERS] = OFFSETS_OF(drivers),
	};
	enum abi_bus_member m;
	enum abi_generation g;

	(void)state;
	for (g = 0; g < ABI_GENERATIONS; g++) {
		version = releases[g];
		for (m = 0; m < ABI_BUS_N_MEMBERS; m++)
			assert_ptr_equal(spapr_abi_bus(pci, m), bus.room + offsets[m][g]);
	}
	assert_int_equal(sizeof(struct bus_2607), ABI_BUS_SIZE);
}

/* Each operation must be where the object that holds the bus is. */
static void
test_foreign_bus_refused(void **state)
{
	static const enum abi_bus_member own[] = { ABI_BUS_SCAN, ABI_BUS_PLUG, ABI_BUS_UNPLUG,
						   ABI_BUS_DMA_MAP, ABI_BUS_DMA_UNMAP };
	struct ddw_error err = { 0 };
	enum abi_generation g;
	size_t i;

	(void)state;
	for (g = 0; g < ABI_GENERATIONS; g++)
		for (i = 0; i < RTE_DIM(own); i++) {
			make_bus(g);
			assert_int_equal(spapr_abi_check_running(pci, &err), 0);
			*spapr_abi_bus_fn(pci, own[i]) = (abi_fn)strlen;
			assert_int_equal(spapr_abi_check_running(pci, &err), -95);
			assert_int_equal(err.msg, DDW_MSG_LAYOUT_UNKNOWN);
			assert_non_null(strstr(err.what, version));
		}
}

/* A version that the bus does not have. */
static void
test_wrong_version_refused(void **state)
{
	struct ddw_error err = { 0 };
	enum abi_generation g;

	(void)state;
	for (g = 0; g < ABI_GENERATIONS; g++) {
		make_bus(g);
		add_driver(g, wanted);
		version = releases[!g];
		assert_int_equal(spapr_abi_check_running(pci, &err), -95);
	}
}

/* Only a list that fits is read. */
static void
test_driver_list_checked_before_it_is_read(void **state)
{
	struct ddw_error err = { 0 };
	enum abi_generation g;
	struct list *drivers;

	(void)state;
	for (g = 0; g < ABI_GENERATIONS; g++) {
		make_bus(g);
		drivers = spapr_abi_bus(pci, ABI_BUS_DRIVERS);
		drivers->tqh_last = NULL; /* no list */
		assert_int_equal(spapr_abi_check_running(pci, &err), -95);
		make_bus(g);
		add_driver(g, wanted);
		assert_int_equal(spapr_abi_check_running(pci, &err), 0);
		drivers->tqh_first = (struct link *)16;
		assert_int_equal(spapr_abi_check_running(pci, &err), -95);
	}
}

static void
test_driver_matched_by_id_table(void **state)
{
	struct rte_pci_id nic = { 0x020000, 0x8086, 0x10d3, 1, 2 };
	struct rte_pci_id nvme = { 0x010802, 0x1b36, 0x0010, 1, 2 };
	struct rte_pci_id other = { 0x020000, 0x8086, 0x1533, 1, 2 };
	enum abi_generation g;

	(void)state;
	for (g = 0; g < ABI_GENERATIONS; g++) {
		make_bus(g);
		assert_false(spapr_abi_pci_driver_exists(pci, &nic));
		add_driver(g, wanted);
		assert_true(spapr_abi_pci_driver_exists(pci, &nic));
		assert_true(spapr_abi_pci_driver_exists(pci, &nvme));
		assert_false(spapr_abi_pci_driver_exists(pci, &other));
		make_bus(g);
		add_driver(g, NULL);
		assert_false(spapr_abi_pci_driver_exists(pci, &nic));
	}
}

/* A driver with a way of its own maps by itself. */
static void
test_bus_maps_for_drivers_that_do_not(void **state)
{
	struct device_layout device = { 0 };
	const struct rte_device *dev = (const struct rte_device *)&device;
	enum abi_generation g;

	(void)state;
	for (g = 0; g < ABI_GENERATIONS; g++) {
		make_bus(g);
		add_driver(g, wanted);
		device.driver = NULL;
		assert_false(spapr_abi_bus_maps(pci, dev));
		device.driver = (struct rte_driver *)(driver.room + driver_at[g].driver);
		assert_true(spapr_abi_bus_maps(pci, dev));
		*(abi_fn *)(void *)(driver.room + driver_at[g].dma_map) = nothing;
		assert_false(spapr_abi_bus_maps(pci, dev));
	}
}

/* The same code asks for different things, depending on the release. */
static void
test_vfio_requests_identified(void **state)
{
	static const struct {
		int code;
		enum vfio_request meaning[3]; /* by enum vfio_codes */
	} requests[] = {
		{ 0x100,
		  { VFIO_REQUEST_CONTAINER, VFIO_REQUEST_CONTAINER, VFIO_REQUEST_CONTAINER } },
		{ 0x200, { VFIO_REQUEST_GROUP, VFIO_REQUEST_GROUP, VFIO_REQUEST_GROUP } },
		{ 0x400,
		  { VFIO_REQUEST_DEFAULT_CONTAINER, VFIO_REQUEST_IOMMU_TYPE,
		    VFIO_REQUEST_IOMMU_TYPE } },
		{ 0x800,
		  { VFIO_REQUEST_IOMMU_TYPE, VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_IOVA_MODE } },
		{ 0, { VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_UNKNOWN } },
		{ 0x1000, { VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_UNKNOWN } },
		{ 0x2000, { VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_UNKNOWN } },
	};
	enum vfio_codes codes;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(requests); i++)
		for (codes = 0; codes < 3; codes++)
			assert_int_equal(spapr_abi_vfio_request(requests[i].code, codes),
					 requests[i].meaning[codes]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generation_of_each_release),
		cmocka_unit_test(test_unknown_release_refused),
		cmocka_unit_test(test_running_dpdk_accepted_without_pci_bus),
		cmocka_unit_test(test_foreign_bus_refused),
		cmocka_unit_test(test_members_where_dpdk_has_them),
		cmocka_unit_test(test_wrong_version_refused),
		cmocka_unit_test(test_driver_list_checked_before_it_is_read),
		cmocka_unit_test(test_driver_matched_by_id_table),
		cmocka_unit_test(test_bus_maps_for_drivers_that_do_not),
		cmocka_unit_test(test_vfio_requests_identified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
