/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_eal.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/record.h"
#include "base/report.h"
#include "dma_table.h"
#include "groups.h"
#include "hotplug.h"
#include "memory/memory.h"
#include "memory/virt2iova.h"
#include "mp/mp_primary.h"
#include "pci_wrap.h"
#include "setup.h"
#include "teardown.h"

/* Close a group, and keep stock DPDK from its devices. */
static void
drop_group(struct group *g, bool quiet)
{
	spapr_devices_block_group(g->number, quiet);
	spapr_group_close(g);
	g->index = -1;
}

static void
refuse_group(struct group *g, struct ddw_error *err)
{
	bool counts;

	spapr_group_blame(g, err);
	counts = spapr_refusal_counts(g->number, err);
	spapr_report_refused(g->number, g->name, err);
	spapr_ctx.n_refused += counts;
	drop_group(g, !counts);
}

static void
enter_group(struct device *d)
{
	struct ddw_error err = { 0 };

	if (d->blocked || spapr_group_enter(d, &err) != NULL)
		return;
	spapr_report_refused(d->group, d->name, &err);
	spapr_device_block(d);
	spapr_ctx.n_refused++;
}

static int
attach_group(struct group *g, struct ddw_error *err)
{
	int fd, ret;

	ret = spapr_group_open(g, &fd, err);
	if (ret != 0)
		return ret;
	ret = ddw_space_attach(spapr_ctx.space, g->number, g->name, g->container_fd, fd, err);
	if (ret < 0)
		return ret;
	g->index = ret;
	return 0;
}

/* Check what does not depend on a group. */
static int
check_start(struct ddw_error *err)
{
	if (spapr_ctx.params_error.err != 0) {
		*err = spapr_ctx.params_error;
		return err->err;
	}
	if (rte_eal_iova_mode() == RTE_IOVA_PA)
		return 0;
	if (spapr_ctx.va_reported)
		return -EINVAL;
	return spapr_fail_iova_va(err);
}

static int
attach_groups(struct ddw_error *err)
{
	unsigned int i, attached = 0;

	spapr_ctx.space = ddw_space_create(spapr_ctx.sys, err);
	if (spapr_ctx.space == NULL)
		return -ENOMEM;
	spapr_record_space(spapr_ctx.space);
	ddw_space_choose_iommu(spapr_ctx.space, spapr_ctx.params.iommu);
	for (i = 0; i < spapr_ctx.n_devices; i++)
		enter_group(&spapr_ctx.devices[i]);
	for (i = 0; i < spapr_ctx.n_groups; i++) {
		struct ddw_error refusal = { 0 };

		if (attach_group(&spapr_ctx.groups[i], &refusal) == 0)
			attached++;
		else
			refuse_group(&spapr_ctx.groups[i], &refusal);
	}
	/* Without any device: they come later. */
	return attached > 0 || spapr_ctx.n_devices == 0 ? 0 : -ENODEV;
}

/* Say which groups have a device that reaches 32 address bits only. */
static void
fill_narrow(struct ddw_plan_input *in)
{
	unsigned int i;

	for (i = 0; i < spapr_ctx.n_groups; i++)
		if (spapr_ctx.groups[i].index >= 0)
			in->groups[spapr_ctx.groups[i].index].dma32 =
				spapr_devices_narrow(spapr_ctx.groups[i].number);
}

static int
fill_input(struct ddw_plan_input *in, struct ddw_error *err)
{
	in->wishes = spapr_ctx.params.wishes;
	fill_narrow(in);
	return spapr_memory_count(in, err);
}

/*
 * Refuse the groups that have no plan, and report each reason once: a wish that no group
 * can fulfil is one mistake.
 */
static void
refuse_planned(const struct ddw_plan *plan, struct ddw_error *err)
{
	bool reported[DDW_MSG_COUNT] = { false };
	unsigned int i;

	for (i = 0; i < ddw_space_n_groups(spapr_ctx.space); i++) {
		const struct ddw_error *own = &plan->windows[i].error;
		struct group *g = spapr_group_of_index((int)i);

		if (own->err == 0)
			continue;
		if (!reported[own->msg])
			spapr_report_error(own);
		reported[own->msg] = true;
		spapr_record_refused(g->number, g->name, own);
		spapr_ctx.n_refused++;
		drop_group(g, false);
		if (plan->n_accepted == 0)
			ddw_error_clear(err); /* it is that of the first group */
	}
}

struct opening {
	struct ddw_plan_input in;
	struct ddw_plan plan;
	struct ddw_error errors[DDW_MAX_GROUPS];
};

static int
open_planned(struct opening *o, struct ddw_error *err)
{
	unsigned int i;
	int ret;

	ret = fill_input(&o->in, err);
	if (ret != 0)
		return ret;
	if (ddw_space_n_groups(spapr_ctx.space) == 0)
		return ddw_space_open_empty(spapr_ctx.space, &o->in, &o->plan, err);
	ret = ddw_space_open(spapr_ctx.space, &o->in, &o->plan, o->errors, err);
	if (err->err != 0) {
		refuse_planned(&o->plan, err);
		return ret;
	}
	spapr_record_plan(&o->plan);
	for (i = 0; i < ddw_space_n_groups(spapr_ctx.space); i++) {
		struct group *g = spapr_group_of_index((int)i);

		g->open = o->errors[i].err == 0;
		if (!g->open)
			refuse_group(g, &o->errors[i]);
		else
			LOG(DEBUG, "%s: planned: %s", g->name, o->plan.windows[i].reason);
	}
	if (ret > 0 && o->plan.fallback[0] != '\0')
		LOG(NOTICE, "the default windows are used, mapped on demand: %s", o->plan.fallback);
	return ret > 0 ? 0 : -ENODEV;
}

static int
open_windows(struct ddw_error *err)
{
	struct opening *o = calloc(1, sizeof(*o));
	int ret;

	if (o == NULL)
		return ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "cannot plan the windows");
	ret = open_planned(o, err);
	free(o);
	return ret;
}

bool
spapr_setup_expected(void)
{
	return spapr_ctx.n_devices > 0 || spapr_ctx.params.given;
}

static void
undo_setup(struct ddw_error *err)
{
	if (!spapr_setup_expected()) {
		LOG(INFO, "devices that come later are refused: %s", err->what);
	} else {
		if (err->err != 0)
			spapr_report_error(err);
		else if (spapr_ctx.va_reported)
			(void)spapr_fail_iova_va(err); /* for the record */
	}
	spapr_teardown();
	spapr_record_failure(err);
	spapr_devices_block_group(-1, false);
	spapr_ctx.role = ROLE_FAILED;
}

static int
setup_first(void)
{
	struct ddw_error err = { 0 };
	uint64_t t0 = spapr_clock_ns();
	int ret;

	ret = check_start(&err);
	if (ret == 0)
		ret = attach_groups(&err);
	if (ret == 0)
		ret = open_windows(&err);
	if (ret == 0)
		ret = spapr_memory_start(&err);
	if (ret != 0) {
		undo_setup(&err);
		return ret;
	}
	spapr_record_active();
	spapr_dma_table_start(spapr_ctx.space);
	spapr_report_setup(spapr_clock_ns() - t0);
	spapr_mp_primary_start();
	return 0;
}

static void
setup_more(void)
{
	unsigned int i;

	spapr_hotplug_check_groups();
	for (i = 0; i < spapr_ctx.n_devices; i++) {
		struct device *d = &spapr_ctx.devices[i];

		if (!d->blocked && spapr_hotplug_prepare(d) != 0)
			spapr_device_block(d);
	}
}

/* Leave an unknown DPDK as it was. */
static void
leave(void)
{
	spapr_pci_unwrap();
	spapr_virt2iova_restore();
	spapr_ctx.role = ROLE_NONE;
}

int
spapr_setup_devices(void)
{
	int ret;

	spapr_groups_lock(); /* devices may be attached meanwhile */
	spapr_devices_collect();
	ret = spapr_devices_check_abi();
	if (ret != 0)
		leave();
	else if (spapr_ctx.role == ROLE_PRIMARY && spapr_ctx.space == NULL)
		ret = setup_first();
	else
		setup_more();
	spapr_groups_unlock();
	return ret;
}
