/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Describe the groups: as values, and in words. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/record.h"
#include "telemetry/tel_data.h"
#include "telemetry/telemetry_groups.h"

/* Groups in one answer: so many fit with all that may be said about them. */
#define TELEMETRY_GROUPS 6
/* Devices that are listed for a group. */
#define TELEMETRY_DEVICES 16
/* Kinds of messages in one answer. */
#define TELEMETRY_MESSAGES 10

#define SYSFS_GROUP_DEVICES "/sys/kernel/iommu_groups/%d/devices"

/* All that is known about a group: from the space, from the record, or from both. */
struct view {
	int number;
	const char *name;
	bool in_space;
	struct ddw_group_info info;	   /* when in_space */
	const struct record_group *record; /* or NULL */
};

static const struct record_group *
find_record(const struct record *r, int number)
{
	unsigned int i;

	for (i = 0; i < r->n_groups; i++)
		if (r->groups[i].number == number)
			return &r->groups[i];
	return NULL;
}

static bool
find_group(struct ddw_space *space, int number, struct ddw_group_info *info)
{
	unsigned int i;

	for (i = 0; space != NULL && ddw_space_group(space, i, info) == 0; i++)
		if (info->number == number)
			return true;
	return false;
}

/* Find a group by index: first those of the space, then those that never got there. */
static bool
read_view(const struct record *r, unsigned int index, struct view *v)
{
	unsigned int i, n = r->space == NULL ? 0 : ddw_space_n_groups(r->space);
	struct ddw_group_info other;

	memset(v, 0, sizeof(*v));
	if (index < n) {
		v->in_space = ddw_space_group(r->space, index, &v->info) == 0;
		v->number = v->info.number;
		v->name = v->info.name;
		v->record = find_record(r, v->number);
		return true;
	}
	index -= n;
	for (i = 0; i < r->n_groups; i++) {
		const struct record_group *g = &r->groups[i];

		if (g->number >= 0 && find_group(r->space, g->number, &other))
			continue;
		if (index-- != 0)
			continue;
		v->number = g->number;
		v->name = g->name;
		v->record = g;
		return true;
	}
	return false;
}

static const char *
view_state(const struct view *v)
{
	if (v->in_space && v->info.usable)
		return "usable";
	if (v->record != NULL && v->record->error.err != 0)
		return "refused";
	return "left";
}

struct devices {
	struct rte_tel_data *list;
	unsigned int n;
};

static int
add_group_device(const char *pci, void *arg)
{
	char driver[DDW_DRIVER_NAME] = "", text[TELEMETRY_LINE];
	struct devices *devices = arg;

	(void)ddw_pci_driver(spapr_ctx.sys, spapr_devices_sysfs(), pci, driver, sizeof(driver));
	snprintf(text, sizeof(text), "%.32s %s", pci, driver[0] == '\0' ? "no driver" : driver);
	(void)rte_tel_data_add_array_string(devices->list, text);
	return ++devices->n == TELEMETRY_DEVICES;
}

/* Add the present devices of the group, with their drivers. */
static void
add_group_devices(struct rte_tel_data *d, int number)
{
	struct devices devices = { .list = spapr_tel_list() };
	char path[96];

	if (devices.list == NULL)
		return;
	snprintf(path, sizeof(path), SYSFS_GROUP_DEVICES, number);
	(void)spapr_ctx.sys->list_dir(spapr_ctx.sys->ctx, path, add_group_device, &devices);
	spapr_tel_add(d, "devices", devices.list);
}

static void
add_caps(struct rte_tel_data *d, const struct ddw_caps *caps)
{
	char pages[64];

	spapr_tel_text(d, "iommu", caps->v1 ? "v1" : "v2");
	spapr_tel_address(d, "default_window_start", caps->dma32_start);
	spapr_tel_number(d, "default_window_size", caps->dma32_size);
	/* UINT32_MAX: the platform has no dynamic windows. */
	spapr_tel_number(d, "max_windows", caps->max_windows == UINT32_MAX ? 0 : caps->max_windows);
	spapr_tel_text(d, "page_sizes", ddw_format_pgsizes(caps->pgsizes, pages, sizeof(pages)));
	spapr_tel_number(d, "levels", caps->levels);
}

static void
add_group(struct rte_tel_data *d, unsigned int index, const struct view *v)
{
	struct rte_tel_data *part = spapr_tel_dict();
	char key[32];

	if (part == NULL)
		return;
	spapr_tel_text(part, "name", v->name);
	spapr_tel_text(part, "state", view_state(v));
	if (v->number >= 0) {
		spapr_tel_number(part, "number", (uint64_t)v->number);
		add_group_devices(part, v->number);
	}
	if (v->in_space)
		add_caps(part, &v->info.caps);
	if (v->record != NULL && v->record->error.err != 0) {
		spapr_tel_text(part, "message", ddw_msg_name(v->record->error.msg));
		spapr_tel_lines(part, "what", v->record->error.what);
		spapr_tel_lines(part, "why", v->record->error.why);
		spapr_tel_lines(part, "fix", v->record->error.fix);
	}
	/* Devices without a group have no number. */
	if (v->number >= 0)
		snprintf(key, sizeof(key), "group_%d", v->number);
	else
		snprintf(key, sizeof(key), "device_%u", index);
	spapr_tel_add(d, key, part);
}

int
spapr_telemetry_groups(const char *cmd, const char *params, struct rte_tel_data *d)
{
	const struct record *r;
	unsigned int total = 0;
	uint64_t first;
	struct view v;

	RTE_SET_USED(cmd);
	if (spapr_tel_param(params, &first) != 0)
		return -EINVAL;
	(void)rte_tel_data_start_dict(d);
	r = spapr_record_lock();
	for (total = 0; read_view(r, total, &v); total++)
		if (total >= first && total < first + TELEMETRY_GROUPS)
			add_group(d, total, &v);
	spapr_record_unlock();
	spapr_tel_number(d, "total", total);
	if (total > first + TELEMETRY_GROUPS)
		spapr_tel_number(d, "next", first + TELEMETRY_GROUPS);
	return 0;
}

static void
append_range(struct rte_tel_data *list, struct ddw_space *space, enum ddw_range_id which)
{
	char size[DDW_SIZE_TEXT], page[DDW_SIZE_TEXT], room[DDW_SIZE_TEXT];
	bool small = which == DDW_RANGE_SMALL;
	struct ddw_window_info w;

	if (ddw_space_window(space, which, &w) != 0)
		return;
	spapr_tel_say(
		list, "",
		"%s is at bus addresses from 0x%" PRIx64 ", %s in IOMMU pages of %s, %s free: %s.",
		small ? "Memory of small pages" : "Hugepage memory", w.start,
		ddw_format_size(w.size, size), ddw_format_size(UINT64_C(1) << w.page_shift, page),
		ddw_format_size(w.free_bytes, room),
		small || ddw_space_mode(space) == DDW_MODE_DMA32 ? "the default windows"
								 : "dynamic windows");
}

static void
append_error(struct rte_tel_data *list, const struct ddw_error *e)
{
	spapr_tel_say(list, "  ", "%s: %s", ddw_msg_name(e->msg), e->what);
	spapr_tel_say(list, "  ", "why: %s", e->why);
	spapr_tel_say(list, "  ", "fix: %s", e->fix);
}

static void
append_state(struct rte_tel_data *list, const struct record *r)
{
	if (r->state == RECORD_FAILED) {
		spapr_tel_say(list, "", "No device is used: the start failed.");
		if (r->failure.err != 0)
			append_error(list, &r->failure);
	} else if (r->state == RECORD_ENDED) {
		spapr_tel_say(list, "", "The process is exiting, nothing is mapped.");
	} else if (r->space != NULL) {
		append_range(list, r->space, DDW_RANGE_MAIN);
		append_range(list, r->space, DDW_RANGE_SMALL);
	}
	if (r->fallback[0] != '\0')
		spapr_tel_say(list, "", "Dynamic windows are not used: %s.", r->fallback);
}

static void
append_group(struct rte_tel_data *list, const struct view *v)
{
	char size[DDW_SIZE_TEXT], planned[DDW_SIZE_TEXT];
	const char *state = view_state(v);

	if (strcmp(state, "refused") == 0) {
		spapr_tel_say(list, "", "%s is refused, its devices are not probed.%s", v->name,
			      v->record->error.msg == DDW_MSG_PE_POISONED
				      ? " No window can be created there until the next reboot."
				      : "");
		append_error(list, &v->record->error);
		return;
	}
	if (strcmp(state, "left") == 0)
		spapr_tel_say(list, "", "%s is no longer used.", v->name);
	else
		spapr_tel_say(list, "", "%s is used.", v->name);
	if (v->record != NULL && v->record->reason[0] != '\0')
		spapr_tel_say(list, "  ", "Window: %s.", v->record->reason);
	if (v->in_space && v->info.size < v->info.planned)
		spapr_tel_say(list, "  ", "Firmware has a window of %s only, %s were planned.",
			      ddw_format_size(v->info.size, size),
			      ddw_format_size(v->info.planned, planned));
}

/* Was this message shown with a group already? */
static bool
is_said(const struct record *r, enum ddw_msg msg)
{
	unsigned int i;

	for (i = 0; i < r->n_groups; i++)
		if (r->groups[i].error.err != 0 && r->groups[i].error.msg == msg)
			return true;
	return r->failure.err != 0 && r->failure.msg == msg;
}

static void
append_messages(struct rte_tel_data *list, const struct record *r)
{
	unsigned int i, n = 0;

	for (i = 0; i < DDW_MSG_COUNT && n < TELEMETRY_MESSAGES; i++)
		if (r->messages[i].count != 0 && !is_said(r, (enum ddw_msg)i) && ++n != 0)
			spapr_tel_say(list, "", "%s was reported %u time%s, most recently: %s",
				      ddw_msg_name((enum ddw_msg)i), r->messages[i].count,
				      r->messages[i].count == 1 ? "" : "s", r->messages[i].what);
}

int
spapr_telemetry_explain(const char *cmd, const char *params, struct rte_tel_data *d)
{
	const struct record *r;
	uint64_t first, i;
	struct view v;

	RTE_SET_USED(cmd);
	if (spapr_tel_param(params, &first) != 0 || first > UINT32_MAX)
		return -EINVAL;
	(void)rte_tel_data_start_array(d, RTE_TEL_STRING_VAL);
	r = spapr_record_lock();
	if (first == 0)
		append_state(d, r);
	for (i = first; i < first + TELEMETRY_GROUPS && read_view(r, (unsigned int)i, &v); i++)
		append_group(d, &v);
	if (read_view(r, (unsigned int)i, &v))
		spapr_tel_say(d, "", "For more: /vfio_spapr/explain,%" PRIu64, i);
	else
		append_messages(d, r);
	spapr_record_unlock();
	return 0;
}
