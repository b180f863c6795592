/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_memory.h>

#include "base/context.h"
#include "base/dpdk_abi.h"
#include "base/record.h"
#include "base/report.h"

void
spapr_report_error(const struct ddw_error *err)
{
	static bool forked;

	/* In a child of fork() everything has that one cause. */
	if (err->msg == DDW_MSG_FORKED && __atomic_exchange_n(&forked, true, __ATOMIC_RELAXED))
		return;
	spapr_record_message(err);
	LOG(ERR, "%s: %s\nVFIO_SPAPR:   why: %s\nVFIO_SPAPR:   fix: %s", ddw_msg_name(err->msg),
	    err->what, err->why, err->fix);
}

/* Does -a name a device of the group? One that is not in the list is being attached by name. */
static bool
user_asked_for(int number)
{
	bool known = false;
	unsigned int i;

	for (i = 0; i < spapr_ctx.n_devices; i++) {
		if (spapr_ctx.devices[i].group != number)
			continue;
		known = true;
		if (spapr_ctx.devices[i].named)
			return true;
	}
	return !known;
}

/* What a child of fork() gives back its parent has mapped, and pinned: nothing is to be said. */
void
spapr_report_unmap(const struct ddw_error *err)
{
	if (err->msg != DDW_MSG_FORKED)
		spapr_report_error(err);
}

bool
spapr_refusal_counts(int number, const struct ddw_error *err)
{
	return err->msg != DDW_MSG_GROUP_NOT_GIVEN || user_asked_for(number);
}

void
spapr_report_refused(int number, const char *name, const struct ddw_error *err)
{
	spapr_record_refused(RTE_MAX(number, -1), name, err);
	if (spapr_refusal_counts(number, err)) {
		spapr_report_error(err);
		return;
	}
	spapr_record_message(err);
	LOG(NOTICE, "%s; %s (%s)", err->what, err->fix, ddw_msg_name(err->msg));
}

void
spapr_report_veto(const struct ddw_error *err)
{
	if (!spapr_ctx.vetoed)
		spapr_report_error(err);
	spapr_ctx.vetoed = true;
}

void
spapr_report_full(uint64_t more, uint64_t room)
{
	struct ddw_error err = { 0 };
	struct ddw_space_stats s;

	ddw_space_get_stats(spapr_ctx.space, &s);
	(void)ddw_fail(&err, DDW_MSG_WINDOW_FULL, ENOSPC,
		       "refused %" PRIu64 " KiB more memory: %" PRIu64 " KiB are mapped, the "
		       "window has room for %" PRIu64 " KiB%s",
		       more >> 10, s.mapped_bytes >> 10, room >> 10,
		       room < more ? "" : ", but not in one piece");
	if (ddw_space_mode(spapr_ctx.space) == DDW_MODE_DMA32) {
		ddw_error_why(&err, "the platform determines the size of the default window");
		ddw_error_fix(&err, "use less memory (fewer or smaller buffers), or a slot with "
				    "dynamic windows and no mode=dma32");
	}
	spapr_report_veto(&err);
}

static void
report_group(const struct ddw_group_info *g)
{
	char page[DDW_SIZE_TEXT], size[DDW_SIZE_TEXT], planned[DDW_SIZE_TEXT];

	if (g->size < g->planned)
		LOG(NOTICE, "%s: firmware has a window of %s only, %s were planned", g->name,
		    ddw_format_size(g->size, size), ddw_format_size(g->planned, planned));
	LOG(INFO,
	    "%s: window start=0x%" PRIx64 " size=%" PRIu64 " page=%s levels=%u default_window=%s",
	    g->name, g->start, g->size, ddw_format_size(UINT64_C(1) << g->page_shift, page),
	    g->levels, g->default_kept ? "kept" : "removed");
}

void
spapr_report_setup(uint64_t ns)
{
	char page[DDW_SIZE_TEXT], size[DDW_SIZE_TEXT], mapped[DDW_SIZE_TEXT];
	struct ddw_space_stats s;
	struct ddw_group_info g;
	unsigned int i, groups = 0, dma32;
	struct ddw_window_info w;

	if (ddw_space_window(spapr_ctx.space, DDW_RANGE_MAIN, &w) != 0)
		return;
	for (i = 0; i < ddw_space_n_groups(spapr_ctx.space); i++) {
		if (ddw_space_group(spapr_ctx.space, i, &g) != 0 || !g.usable)
			continue;
		report_group(&g);
		groups++;
	}
	dma32 = ddw_space_mode(spapr_ctx.space) == DDW_MODE_DMA32;
	ddw_space_get_stats(spapr_ctx.space, &s);
	ddw_format_size(UINT64_C(1) << w.page_shift, page);
	LOG(NOTICE, "%s of hugepages mapped at 0x%" PRIx64 " (%s of %s, %s pages) for %u group%s",
	    ddw_format_size(s.mapped_bytes, mapped), w.start, dma32 ? "default window" : "window",
	    ddw_format_size(w.size, size), page, groups, groups == 1 ? "" : "s");
	LOG(INFO,
	    "setup: dma32=%u groups=%u start=0x%" PRIx64 " size=%" PRIu64 " page=%" PRIu64
	    " mapped_bytes=%" PRIu64 " creates=%" PRIu64 " registers=%" PRIu64 " maps=%" PRIu64
	    " us=%" PRIu64,
	    dma32, groups, w.start, w.size, UINT64_C(1) << w.page_shift, s.mapped_bytes,
	    s.ops[DDW_OP_CREATE].calls, s.ops[DDW_OP_REGISTER].calls, s.ops[DDW_OP_MAP].calls,
	    ns / 1000);
}

void
spapr_report_release(uint64_t ns)
{
	struct ddw_space_stats s;

	ddw_space_get_stats(spapr_ctx.space, &s);
	LOG(INFO,
	    "release: mapped_bytes=%" PRIu64 " regions=%" PRIu64 " registers=%" PRIu64
	    " maps=%" PRIu64 " unmaps=%" PRIu64 " unregisters=%" PRIu64 " dropped=%" PRIu64
	    " errors=%" PRIu64 " us=%" PRIu64,
	    s.mapped_bytes, s.regions, s.ops[DDW_OP_REGISTER].calls, s.ops[DDW_OP_MAP].calls,
	    s.ops[DDW_OP_UNMAP].calls, s.ops[DDW_OP_UNREGISTER].calls, s.dropped,
	    s.ops[DDW_OP_REGISTER].errors + s.ops[DDW_OP_MAP].errors + s.ops[DDW_OP_UNMAP].errors +
		    s.ops[DDW_OP_UNREGISTER].errors,
	    ns / 1000);
}

/* For rte_bus_find(): 0 for another bus that asks for VA. EAL has put the same question to it. */
static int
votes_otherwise(const struct rte_bus *bus, const void *data)
{
	abi_fn vote = *spapr_abi_bus_fn(bus, ABI_BUS_IOMMU_CLASS);

	RTE_SET_USED(data);
	return strcmp(rte_bus_name(bus), BUS_NAME) == 0 || vote == NULL ||
	       ((enum rte_iova_mode(*)(void))vote)() != RTE_IOVA_VA;
}

/* Write "bus vdev (dma_skeleton, net_tap0)": one of its devices is the reason. */
static void
name_bus(const struct rte_bus *bus, char *text, size_t len)
{
	char which[64];
	struct rte_dev_iterator it;
	struct rte_device *dev;
	size_t n = (size_t)snprintf(text, len, "bus %s", rte_bus_name(bus));
	bool any = false;

	if (*spapr_abi_bus_fn(bus, ABI_BUS_ITERATE) == NULL || n >= len)
		return;
	snprintf(which, sizeof(which), "bus=%s", rte_bus_name(bus));
	RTE_DEV_FOREACH(dev, which, &it) {
		/* Whole names only. */
		if (n + strlen(rte_dev_name(dev)) + sizeof(", )") > len)
			continue;
		n += (size_t)snprintf(text + n, len - n, "%s%s", any ? ", " : " (",
				      rte_dev_name(dev));
		any = true;
	}
	if (any)
		snprintf(text + n, len - n, ")");
}

int
spapr_fail_iova_va(struct ddw_error *err)
{
	const struct rte_bus *other;
	char name[160];
	int ret;

	if (!rte_eal_using_phys_addrs())
		return ddw_fail(err, DDW_MSG_IOVA_VA, EINVAL,
				"EAL cannot use IOVA as PA, it cannot read physical addresses");
	other = rte_bus_find(NULL, votes_otherwise, NULL);
	if (other == NULL) {
		ret = ddw_fail(err, DDW_MSG_IOVA_VA, EINVAL,
			       "EAL cannot use IOVA as PA, it runs with IOVA as VA");
		ddw_error_fix(err, "omit --iova-mode=va, or use --iova-mode=pa");
		return ret;
	}
	name_bus(other, name, sizeof(name));
	ret = ddw_fail(err, DDW_MSG_IOVA_VA, EINVAL,
		       "EAL runs with IOVA as VA, because %s asks for it", name);
	ddw_error_fix(err,
		      "use --iova-mode=pa: drivers that need IOVA as VA then refuse their devices; "
		      "or leave out those of %s",
		      name);
	return ret;
}

int
spapr_fail_unreadable(enum ddw_msg msg, int cause, const char *path, struct ddw_error *err)
{
	int ret = ddw_fail(err, msg, cause, "%s cannot be read: %s", path, strerror(abs(cause)));

	ddw_error_why(err, "it is not mounted here, or hidden from this process");
	ddw_error_fix(err,
		      "show it to the process: a container needs the machine's /sys, and /proc");
	return ret;
}

int
spapr_fail_no_group(const struct device *d, struct ddw_error *err)
{
	char path[128];

	if (d->group == -ENODEV)
		return ddw_fail(err, DDW_MSG_GROUP_OPEN, d->group, "%s has no IOMMU group",
				d->name);
	snprintf(path, sizeof(path), "the driver or the IOMMU group of %s", d->name);
	return spapr_fail_unreadable(DDW_MSG_GROUP_OPEN, d->group, path, err);
}
