/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_version.h>

#include "base/context.h"
#include "base/pci_address.h"
#include "base/record.h"
#include "telemetry/tel_data.h"
#include "telemetry/telemetry.h"
#include "telemetry/telemetry_groups.h"

/* Extents in one answer. */
#define TELEMETRY_MAPS 32

/*
 * Callbacks run in a thread per client, during and after everything else. What they read is
 * under the lock of the record, or was set before there were threads (parameters). Commands
 * cannot be unregistered.
 */

static const char *
state_name(enum record_state state)
{
	static const char *const names[] = {
		[RECORD_IDLE] = "idle",	    [RECORD_STARTING] = "starting",
		[RECORD_ACTIVE] = "active", [RECORD_FAILED] = "failed",
		[RECORD_ENDED] = "ended",
	};

	return names[state];
}

static const char *
mode_name(enum ddw_mode mode)
{
	static const char *const names[] = {
		[DDW_MODE_AUTO] = "auto",
		[DDW_MODE_DDW] = "ddw",
		[DDW_MODE_DMA32] = "dma32",
	};

	return names[mode];
}

static const char *
iommu_name(enum ddw_iommu iommu)
{
	static const char *const names[] = {
		[DDW_IOMMU_AUTO] = "auto",
		[DDW_IOMMU_V2] = "v2",
		[DDW_IOMMU_V1] = "v1",
	};

	return names[iommu];
}

static void
add_parameters(struct rte_tel_data *d)
{
	const struct params *p = &spapr_ctx.params;
	const struct ddw_plan_wishes *wishes = &p->wishes;
	struct rte_tel_data *part = spapr_tel_dict(), *list = spapr_tel_list();
	char name[PCI_PRI_STR_SIZE];
	unsigned int i;

	if (part == NULL || list == NULL) {
		rte_tel_data_free(part);
		rte_tel_data_free(list);
		return;
	}
	spapr_tel_text(part, "mode", p->off ? "off" : mode_name(wishes->mode));
	spapr_tel_text(part, "iommu", iommu_name(p->iommu));
	spapr_tel_text(part, "window", wishes->low ? "low" : "high");
	spapr_tel_text(part, "on_mismatch", wishes->mismatch_dma32 ? "dma32" : "refuse");
	spapr_tel_number(part, "page_size", wishes->page_size);
	spapr_tel_number(part, "window_size", wishes->window_size);
	spapr_tel_number(part, "strict", p->strict);
	spapr_tel_number(part, "interpose", p->interpose);
	for (i = 0; i < p->n_narrow; i++) {
		spapr_pci_format(&p->narrow[i], name, sizeof(name));
		(void)rte_tel_data_add_array_string(list, name);
	}
	spapr_tel_add(part, "dma32", list);
	spapr_tel_add(d, "parameters", part);
}

static unsigned int
count_usable(struct ddw_space *space)
{
	struct ddw_group_info g;
	unsigned int i, n = 0;

	for (i = 0; space != NULL && ddw_space_group(space, i, &g) == 0; i++)
		n += g.usable;
	return n;
}

static unsigned int
count_refused(const struct record *r)
{
	unsigned int i, n = 0;

	for (i = 0; i < r->n_groups; i++)
		n += r->groups[i].error.err != 0;
	return n;
}

static int
telemetry_info(const char *cmd, const char *params, struct rte_tel_data *d)
{
	const struct record *r;

	RTE_SET_USED(cmd);
	RTE_SET_USED(params);
	(void)rte_tel_data_start_dict(d);
	r = spapr_record_lock();
	spapr_tel_text(d, "version", PLUGIN_VERSION);
	spapr_tel_text(d, "dpdk", rte_version());
	spapr_tel_text(d, "state", state_name(r->state));
	if (r->failure.err != 0) {
		spapr_tel_text(d, "message", ddw_msg_name(r->failure.msg));
		spapr_tel_lines(d, "what", r->failure.what);
		spapr_tel_lines(d, "why", r->failure.why);
		spapr_tel_lines(d, "fix", r->failure.fix);
	}
	if (r->space != NULL)
		spapr_tel_text(d, "mode",
			       ddw_space_mode(r->space) == DDW_MODE_DMA32 ? "dma32" : "ddw");
	if (r->fallback[0] != '\0')
		spapr_tel_lines(d, "fallback", r->fallback);
	spapr_tel_number(d, "groups_usable", count_usable(r->space));
	spapr_tel_number(d, "refused", count_refused(r));
	spapr_record_unlock();
	add_parameters(d);
	return 0;
}

static void
add_range(struct rte_tel_data *d, struct ddw_space *space, enum ddw_range_id which)
{
	bool small = which == DDW_RANGE_SMALL;
	struct ddw_window_info w;
	struct rte_tel_data *part;

	if (ddw_space_window(space, which, &w) != 0)
		return;
	part = spapr_tel_dict();
	if (part == NULL)
		return;
	spapr_tel_text(part, "window",
		       small || ddw_space_mode(space) == DDW_MODE_DMA32 ? "default" : "dynamic");
	spapr_tel_text(part, "memory", small ? "small pages" : "hugepages");
	spapr_tel_address(part, "start", w.start);
	spapr_tel_number(part, "size", w.size);
	spapr_tel_number(part, "page", UINT64_C(1) << w.page_shift);
	spapr_tel_number(part, "used", w.size - w.free_bytes);
	spapr_tel_number(part, "free", w.free_bytes);
	spapr_tel_add(d, small ? "small" : "main", part);
}

static void
add_window(struct rte_tel_data *d, const struct ddw_group_info *g)
{
	struct rte_tel_data *part = spapr_tel_dict();
	char key[32];

	if (part == NULL)
		return;
	spapr_tel_address(part, "start", g->start);
	spapr_tel_number(part, "size", g->size);
	spapr_tel_number(part, "page", UINT64_C(1) << g->page_shift);
	spapr_tel_number(part, "levels", g->levels);
	spapr_tel_text(part, "default_window", g->default_kept ? "kept" : "removed");
	snprintf(key, sizeof(key), "group_%d", g->number);
	spapr_tel_add(d, key, part);
}

static int
telemetry_windows(const char *cmd, const char *params, struct rte_tel_data *d)
{
	const struct record *r;
	struct ddw_group_info g;
	unsigned int i;

	RTE_SET_USED(cmd);
	RTE_SET_USED(params);
	(void)rte_tel_data_start_dict(d);
	r = spapr_record_lock();
	spapr_tel_text(d, "state", state_name(r->state));
	if (r->space != NULL) {
		add_range(d, r->space, DDW_RANGE_MAIN);
		add_range(d, r->space, DDW_RANGE_SMALL);
	}
	for (i = 0; r->space != NULL && ddw_space_group(r->space, i, &g) == 0; i++)
		if (g.usable)
			add_window(d, &g);
	spapr_record_unlock();
	return 0;
}

static int
telemetry_stats(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct ddw_space_stats s = { 0 };
	struct rte_tel_data *calls, *part;
	const struct record *r;
	unsigned int op;

	RTE_SET_USED(cmd);
	RTE_SET_USED(params);
	(void)rte_tel_data_start_dict(d);
	r = spapr_record_lock();
	spapr_tel_text(d, "state", state_name(r->state));
	if (r->space != NULL)
		ddw_space_get_stats(r->space, &s);
	spapr_record_unlock();
	spapr_tel_number(d, "mapped_bytes", s.mapped_bytes);
	spapr_tel_number(d, "mapped_pages", s.mapped_pages);
	spapr_tel_number(d, "free_bytes", s.free_bytes);
	spapr_tel_number(d, "extents", s.extents);
	spapr_tel_number(d, "regions", s.regions);
	calls = spapr_tel_dict();
	for (op = 0; calls != NULL && op < DDW_OP_COUNT; op++) {
		part = spapr_tel_dict();
		if (part == NULL)
			break;
		spapr_tel_number(part, "calls", s.ops[op].calls);
		spapr_tel_number(part, "errors", s.ops[op].errors);
		spapr_tel_number(part, "ns", s.ops[op].ns);
		spapr_tel_number(part, "longest_ns", s.ops[op].longest);
		spapr_tel_add(calls, ddw_op_name(op), part);
	}
	spapr_tel_add(d, "ioctls", calls);
	return 0;
}

/* Add the numbers of the groups in a bit set of indices. */
static void
add_group_numbers(struct rte_tel_data *d, struct ddw_space *space, uint64_t groups)
{
	struct rte_tel_data *list = rte_tel_data_alloc();
	struct ddw_group_info g;
	unsigned int i;

	if (list == NULL)
		return;
	(void)rte_tel_data_start_array(list, RTE_TEL_INT_VAL);
	for (i = 0; ddw_space_group(space, i, &g) == 0; i++)
		if (groups >> i & 1)
			(void)rte_tel_data_add_array_int(list, g.number);
	spapr_tel_add(d, "groups", list);
}

static void
add_extent(struct rte_tel_data *d, struct ddw_space *space, unsigned int i,
	   const struct ddw_extent *e)
{
	struct rte_tel_data *part = spapr_tel_dict();
	char key[32];

	if (part == NULL)
		return;
	spapr_tel_address(part, "vaddr", e->vaddr);
	spapr_tel_address(part, "iova", e->iova);
	spapr_tel_number(part, "len", e->len);
	spapr_tel_number(part, "page", UINT64_C(1) << e->page_shift);
	add_group_numbers(part, space, e->groups);
	snprintf(key, sizeof(key), "map_%u", i);
	spapr_tel_add(d, key, part);
}

static int
telemetry_maps(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct ddw_extent e[TELEMETRY_MAPS + 1];
	struct ddw_space_stats s = { 0 };
	const struct record *r;
	unsigned int i, n = 0;
	uint64_t from;

	RTE_SET_USED(cmd);
	if (spapr_tel_param(params, &from) != 0)
		return -EINVAL;
	(void)rte_tel_data_start_dict(d);
	r = spapr_record_lock();
	if (r->space != NULL) {
		n = ddw_space_maps(r->space, from, e, RTE_DIM(e));
		ddw_space_get_stats(r->space, &s);
	}
	spapr_tel_number(d, "extents", s.extents);
	spapr_tel_number(d, "mapped_bytes", s.mapped_bytes);
	for (i = 0; i < n && i < TELEMETRY_MAPS; i++)
		add_extent(d, r->space, i, &e[i]);
	spapr_record_unlock();
	if (n > TELEMETRY_MAPS)
		spapr_tel_address(d, "next", e[TELEMETRY_MAPS].vaddr);
	return 0;
}

void
spapr_telemetry_start(void)
{
	static const struct {
		const char *cmd;
		telemetry_cb fn;
		const char *help;
	} commands[] = {
		{ "/vfio_spapr/info", telemetry_info,
		  "State, mode and parameters of the sPAPR plugin. No parameters" },
		{ "/vfio_spapr/groups", spapr_telemetry_groups,
		  "IOMMU groups: state, devices, what the platform offers. Parameters: index of "
		  "the first group" },
		{ "/vfio_spapr/windows", telemetry_windows,
		  "DMA windows: ranges of bus addresses and their use, window of each group. No "
		  "parameters" },
		{ "/vfio_spapr/maps", telemetry_maps,
		  "Mapped memory. Parameters: virtual address to start at ('next' of the previous "
		  "reply)" },
		{ "/vfio_spapr/stats", telemetry_stats,
		  "Amount of mapped memory; calls, errors and time of each ioctl. No parameters" },
		{ "/vfio_spapr/explain", spapr_telemetry_explain,
		  "Decision for each group and its reason, in words. Parameters: index of the "
		  "first group" },
	};
	static bool done;
	unsigned int i;

	/* Registered once: a second registration would be listed twice. */
	for (i = 0; !done && i < RTE_DIM(commands); i++)
		if (rte_telemetry_register_cmd(commands[i].cmd, commands[i].fn, commands[i].help) !=
		    0)
			LOG(WARNING, "telemetry rejected %s", commands[i].cmd);
	done = true;
}
