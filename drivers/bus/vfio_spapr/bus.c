/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_memory.h>
#include <rte_version.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/dpdk_abi.h"
#include "base/eal_check.h"
#include "base/report.h"
#include "memory/virt2iova.h"
#include "mp/mp_secondary.h"
#include "pci_wrap.h"
#include "setup.h"
#include "teardown.h"
#include "telemetry/telemetry.h"

/* The device name in "-a vfio_spapr:config,...". */
#define CONFIG_WORD "config"

/* Keep the first error, but read on: a later text may set strict=1. */
static void
read_params_text(const char *text, const char *source)
{
	struct ddw_error err = { 0 };

	if (spapr_params_parse(text, source, &spapr_ctx.params, &err) != 0 &&
	    spapr_ctx.params_error.err == 0)
		spapr_ctx.params_error = err;
}

static void
read_params(void)
{
	struct rte_devargs *da;

	read_params_text(getenv(PARAMS_ENV), PARAMS_ENV);
	RTE_EAL_DEVARGS_FOREACH(BUS_NAME, da)
		read_params_text(da->args, "-a " BUS_NAME ":" CONFIG_WORD);
}

static enum role
choose_role(void)
{
	bool primary = rte_eal_process_type() == RTE_PROC_PRIMARY;

	if (spapr_ctx.pci == NULL || !rte_eal_has_pci() || spapr_ctx.params.off ||
	    !spapr_devices_on_power())
		return ROLE_NONE;
	/* Devices may be attached later, also those that are not allowed now. */
	if (spapr_ctx.params.given || spapr_devices_exist())
		return primary ? ROLE_PRIMARY : ROLE_SECONDARY;
	return primary ? ROLE_IDLE : ROLE_NONE;
}

/* Nothing inside DPDK may be read or changed before this. */
static void
check_abi(void)
{
	struct ddw_error err = { 0 };

	if (spapr_abi_check_running(spapr_ctx.pci, &err) == 0)
		return;
	if (spapr_ctx.role != ROLE_IDLE)
		spapr_report_error(&err);
	spapr_teardown_if_strict(err.err);
	spapr_ctx.role = ROLE_NONE;
}

/* Others may have brought it before us or after us. Only POWER needs to know. */
static void
check_copies(void)
{
	static bool told;
	struct ddw_error err = { 0 };

	if (told || !spapr_devices_on_power() || spapr_eal_check_copies(&err) == 0)
		return;
	told = true;
	spapr_report_error(&err);
}

static void
first_scan(void)
{
	check_copies();
	spapr_ctx.pci = rte_bus_find_by_name("pci");
	read_params();
	spapr_ctx.role = choose_role();
	if (spapr_ctx.role != ROLE_NONE)
		check_abi();
	if (spapr_ctx.role == ROLE_PRIMARY || spapr_ctx.role == ROLE_IDLE)
		spapr_pci_wrap();
	else if (spapr_ctx.role == ROLE_SECONDARY)
		spapr_pci_wrap_secondary();
}

/* Applications may scan and probe again at any time. */
static int
bus_scan(void)
{
	static bool scanned;

	if (!scanned)
		first_scan();
	scanned = true;
	if (spapr_ctx.role == ROLE_PRIMARY || spapr_ctx.role == ROLE_SECONDARY)
		spapr_virt2iova_redirect();
	return 0;
}

/*
 * Report what is missing now: EAL may need it too, and then exits before our probe.
 */
static void
report_missing(void)
{
	struct ddw_hugepages pages[DDW_MAX_HUGEPAGE_SIZES];
	struct ddw_error err = { 0 };

	if (!rte_eal_using_phys_addrs()) {
		(void)spapr_fail_iova_va(&err);
		spapr_ctx.va_reported = true;
	} else if (ddw_hugepages_read(spapr_ctx.sys, pages, RTE_DIM(pages)) == 0) {
		(void)ddw_fail(&err, DDW_MSG_NO_HUGEPAGES, ENOENT, "there are no hugepages");
	}
	if (err.err != 0)
		spapr_report_error(&err);
}

/*
 * Vote for IOVA as PA: then EAL takes every IOVA from the memory segments, where
 * the plugin writes bus addresses. Where EAL knows no addresses (--no-huge) it would refuse
 * to start in that mode, so there is no vote then. A secondary process chooses its
 * mode by itself and reads the same segments.
 */
static enum rte_iova_mode
bus_iommu_class(void)
{
	if (spapr_ctx.role != ROLE_PRIMARY && spapr_ctx.role != ROLE_SECONDARY)
		return RTE_IOVA_DC;
	if (spapr_ctx.role == ROLE_PRIMARY) {
		spapr_devices_collect();
		if (spapr_setup_expected())
			report_missing();
	}
	return rte_eal_using_phys_addrs() ? RTE_IOVA_PA : RTE_IOVA_DC;
}

/* Once, also when the application probes again. */
static int
probe_secondary(void)
{
	static bool probed;
	int ret = 0;

	if (probed)
		return 0;
	probed = true;
	if (spapr_ctx.role == ROLE_SECONDARY) {
		spapr_devices_collect();
		ret = spapr_mp_secondary_check();
	}
	spapr_mp_secondary_attach_pools();
	return ret;
}

static int
probe_primary(void)
{
	int ret;

	if (spapr_ctx.role == ROLE_NONE)
		return 0;
	if (!spapr_ctx.started && spapr_ctx.role == ROLE_PRIMARY)
		spapr_telemetry_start();
	ret = spapr_setup_devices();
	spapr_teardown_if_strict(ret);
	return ret;
}

static int
bus_probe(void)
{
	return rte_eal_process_type() == RTE_PROC_PRIMARY ? probe_primary() : probe_secondary();
}

/* What a primary process has mapped stays until pci's devices have stopped: pci_cleanup(). */
static int
bus_cleanup(void)
{
	if (spapr_ctx.role == ROLE_SECONDARY) {
		spapr_virt2iova_restore();
		spapr_pci_unwrap();
	}
	spapr_devices_free();
	return 0;
}

/* Of DPDK; its headers have it up to 26.03. */
typedef int (*dev_cmp_fn)(const struct rte_device *dev, const void *data);

/* This bus has no devices of its own. */
static struct rte_device *
bus_find_device(const struct rte_device *start, dev_cmp_fn cmp, const void *data)
{
	RTE_SET_USED(start);
	RTE_SET_USED(cmp);
	RTE_SET_USED(data);
	return NULL;
}

/* EAL asks every bus whether a device name belongs to it: ours is one word. */
static int
bus_parse(const char *name, void *addr)
{
	RTE_SET_USED(addr);
	return strcmp(name, CONFIG_WORD) == 0 ? 0 : -EINVAL;
}

/* From 26.07 on some operations are told the bus. */

static int
bus_probe_2607(struct rte_bus *self)
{
	RTE_SET_USED(self);
	return bus_probe();
}

static int
bus_cleanup_2607(struct rte_bus *self)
{
	RTE_SET_USED(self);
	return bus_cleanup();
}

static struct rte_device *
bus_find_device_2607(const struct rte_bus *self, const struct rte_device *start, dev_cmp_fn cmp,
		     const void *data)
{
	RTE_SET_USED(self);
	return bus_find_device(start, cmp, data);
}

static const struct {
	enum abi_bus_member member;
	abi_fn fn[ABI_GENERATIONS];
} operations[] = {
	{ ABI_BUS_SCAN, { (abi_fn)bus_scan, (abi_fn)bus_scan } },
	{ ABI_BUS_PROBE, { (abi_fn)bus_probe, (abi_fn)bus_probe_2607 } },
	{ ABI_BUS_FIND_DEVICE, { (abi_fn)bus_find_device, (abi_fn)bus_find_device_2607 } },
	{ ABI_BUS_PARSE, { (abi_fn)bus_parse, (abi_fn)bus_parse } },
	{ ABI_BUS_IOMMU_CLASS, { (abi_fn)bus_iommu_class, (abi_fn)bus_iommu_class } },
	{ ABI_BUS_CLEANUP, { (abi_fn)bus_cleanup, (abi_fn)bus_cleanup_2607 } },
};

/* Buses begin with their link in the list of buses. */
struct bus_link {
	TAILQ_ENTRY(bus_link) next;
};

/* Our bus, in the layout of the running DPDK; EAL writes to it, too. */
static union {
	struct bus_link link;
	char room[2 * ABI_BUS_SIZE];
} bus;

static struct rte_bus *
make_bus(void)
{
	struct rte_bus *self = (struct rte_bus *)&bus;
	size_t i;

	*(const char **)spapr_abi_bus(self, ABI_BUS_NAME) = BUS_NAME;
	for (i = 0; i < RTE_DIM(operations); i++)
		*spapr_abi_bus_fn(self, operations[i].member) =
			operations[i].fn[spapr_abi_generation()];
	return self;
}

/* Return the path of the object that contains an address. */
static const char *
object_path(const void *addr)
{
	Dl_info info;

	return dladdr(addr, &info) != 0 ? info.dli_fname : "an unknown file";
}

/*
 * Insert the bus before pci, so that the windows exist when pci probes its devices. EAL
 * has no call for that: let it check and append the bus, then move it. When pci is not
 * registered yet it will come after us.
 */
RTE_INIT(vfio_spapr_register)
{
	struct rte_bus *other, *pci, *self;
	struct ddw_error err = { 0 };

	spapr_ctx.sys = ddw_sys_linux();
	if (spapr_eal_check(&err) != 0) {
		if (spapr_devices_on_power())
			spapr_eal_print(&err);
		return;
	}
	check_copies();
	pci = rte_bus_find_by_name("pci");
	if (spapr_abi_check_running(pci, &err) != 0) {
		if (spapr_devices_on_power())
			spapr_report_error(&err);
		return;
	}
	other = rte_bus_find_by_name(BUS_NAME);
	if (other != NULL) {
		(void)ddw_fail(&err, DDW_MSG_SECOND_COPY, EEXIST,
			       "%s is ignored, %s is already loaded", object_path(&bus),
			       object_path(other));
		if (spapr_devices_on_power())
			spapr_report_error(&err);
		return;
	}
	self = make_bus();
	rte_bus_register(self);
	if (pci != NULL) {
		rte_bus_unregister(self);
		TAILQ_INSERT_BEFORE((struct bus_link *)pci, &bus.link, next);
	}
}
