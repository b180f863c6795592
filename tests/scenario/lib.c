/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <linux/vfio.h>

#include "lib.h"

/* A failure has to be told in words. */
static void
check_told(struct rig *r, const char *call, int ret, const struct ddw_error *err)
{
	r->told++;
	if (err->err != ret || err->msg <= DDW_MSG_NONE || err->msg >= DDW_MSG_COUNT ||
	    strncmp(ddw_msg_name(err->msg), "DDW-", 4) != 0 || err->what[0] == '\0' ||
	    err->why[0] == '\0' || err->fix[0] == '\0')
		rig_fail(r, "%s returned %d without a full message: %d, %s, %s", call, ret,
			 err->err, ddw_msg_name(err->msg), err->what);
}

static int
after(struct rig *r, const char *call, int ret, uint64_t value)
{
	char name[40];

	if (ret < 0)
		check_told(r, call, ret, &r->err);
	snprintf(name, sizeof(name), "%s%s%s", call, ret < 0 ? " " : "",
		 ret < 0 ? ddw_msg_name(r->err.msg) : "");
	rig_note(r, name, ret, value);
	rig_check(r);
	return ret;
}

int
lib_start(struct rig *r, enum ddw_iommu iommu, enum ddw_mode mode)
{
	r->space = ddw_space_create(&r->sys, &r->err);
	if (r->space == NULL)
		return -ENOMEM;
	ddw_space_choose_iommu(r->space, iommu);
	r->in.wishes.mode = mode;
	return 0;
}

static void
name_of(const struct rig *r, enum rig_role role, char *name, size_t size)
{
	snprintf(name, size, "group %d (%s)", r->machine->groups[role].cfg.number,
		 r->machine->groups[role].pci);
}

int
lib_attach(struct rig *r, enum rig_role role)
{
	char name[64];
	int ret;

	name_of(r, role, name, sizeof(name));
	ret = rig_open_container(r, role);
	if (ret >= 0)
		ret = rig_open_group(r, role);
	if (ret < 0) {
		r->told++; /* by the function that opens files */
		return ret;
	}
	ddw_error_clear(&r->err);
	ret = ddw_space_attach(r->space, r->machine->groups[role].cfg.number, name,
			       r->container[role], r->group[role], &r->err);
	if (ret >= 0)
		r->index[role] = ret;
	return after(r, "attach", ret, 0);
}

static void
check_refused(struct rig *r)
{
	unsigned int i;

	for (i = 0; i < ddw_space_n_groups(r->space); i++)
		if (r->errors[i].err != 0) {
			rig_note(r, ddw_msg_name(r->errors[i].msg), r->errors[i].err, i);
			check_told(r, "open", r->errors[i].err, &r->errors[i]);
		}
}

int
lib_open(struct rig *r, uint64_t exist, uint64_t start)
{
	struct ddw_group_info info;
	unsigned int i;
	int ret;

	r->in.n_memory = 1;
	r->in.memory[0] = (struct ddw_plan_memory){ MODEL_2M, exist, start };
	ddw_error_clear(&r->err);
	if (ddw_space_n_groups(r->space) == 0)
		return -ENODEV;
	ret = ddw_space_open(r->space, &r->in, &r->plan, r->errors, &r->err);
	check_refused(r);
	/* when each group was refused for itself, there is no other error */
	for (i = 0; ret < 0 && i < ddw_space_n_groups(r->space) && r->err.err == 0; i++) {
		r->err = r->errors[i];
		if (r->err.err != 0)
			r->err.err = ret; /* of the last resort; the message tells the cause */
	}
	if (r->plan.fallback[0] != '\0')
		r->told++;
	for (i = 0; ddw_space_group(r->space, i, &info) == 0; i++) {
		rig_note(r, "window start", info.usable, info.start);
		rig_note(r, "window size", (int)info.page_shift, info.size);
	}
	return after(r, "open", ret, r->plan.mode);
}

int
lib_ready(struct rig *r, enum ddw_iommu iommu, enum ddw_mode mode, bool two)
{
	if (lib_start(r, iommu, mode) != 0)
		return -ENOMEM;
	(void)lib_attach(r, RIG_A); /* noted, and lib_open() goes on with what there is */
	if (two)
		(void)lib_attach(r, RIG_B);
	return lib_open(r, 32 * MODEL_2M, 0);
}

/*
 * An application whose memory could not be mapped gives it back, if the library
 * lets it, and may get other memory at the same address.
 */
static void
give_back_failed(struct rig *r, uint64_t vaddr, uint64_t len)
{
	if (r->model == NULL || r->fault.hits == 0)
		return;
	ddw_error_clear(&r->err);
	if (after(r, "unmap", ddw_space_unmap(r->space, vaddr, len, NULL, &r->err), 0) != 0)
		return;
	model_free_memory(r->model, vaddr, len);
	model_add_memory(r->model, vaddr, len, 21);
	rig_check(r);
}

static void
check_reach(struct rig *r, const struct ddw_mapping *m)
{
	uint64_t iova = 0;

	if (ddw_space_lookup(r->space, m->vaddr + m->len - 1, &iova) != 0 ||
	    iova != m->iova + m->len - 1)
		rig_fail(r, "0x%llx is not found", (unsigned long long)m->vaddr);
}

int
lib_map_memory(struct rig *r, struct ddw_mapping *m)
{
	int ret;

	ddw_error_clear(&r->err);
	ret = ddw_space_map_memory(r->space, m, &r->err);
	if (ret == 0)
		check_reach(r, m);
	after(r, "map", ret, ret == 0 ? m->iova : 0);
	if (ret != 0 && (m->flags & DDW_MAP_PINNED) == 0 && r->err.msg != DDW_MSG_MEMORY_OVERLAP &&
	    r->err.msg != DDW_MSG_BAD_RANGE)
		give_back_failed(r, m->vaddr, m->len);
	return ret;
}

uint64_t
lib_map(struct rig *r, uint64_t vaddr, uint64_t len, uint64_t piece)
{
	struct ddw_mapping m = { .vaddr = vaddr, .len = len, .piece = piece };

	return lib_map_memory(r, &m) == 0 ? m.iova : 0;
}

int
lib_unmap(struct rig *r, uint64_t vaddr, uint64_t len)
{
	uint64_t bytes = 0;
	int ret;

	ddw_error_clear(&r->err);
	ret = ddw_space_unmap(r->space, vaddr, len, &bytes, &r->err);
	return after(r, "unmap", ret, bytes);
}

int
lib_pin(struct rig *r, uint64_t vaddr, uint64_t len, uint64_t piece)
{
	int ret;

	ddw_error_clear(&r->err);
	ret = ddw_space_pin(r->space, vaddr, len, piece, &r->err);
	after(r, "pin", ret, 0);
	if (ret != 0 && r->err.msg == DDW_MSG_REGISTER_FAILED)
		give_back_failed(r, vaddr, len);
	return ret;
}

int
lib_unpin(struct rig *r, uint64_t vaddr, uint64_t len)
{
	int ret;

	ddw_error_clear(&r->err);
	ret = ddw_space_unpin(r->space, vaddr, len, &r->err);
	return after(r, "unpin", ret, 0);
}

int
lib_free(struct rig *r, uint64_t vaddr, uint64_t len)
{
	int ret = lib_unmap(r, vaddr, len);

	if (ret == 0)
		rig_give_back(r, vaddr, len);
	rig_check(r);
	return ret;
}

void
lib_lose(struct rig *r, enum rig_role role)
{
	rig_close_group(r, role);
}

int
lib_join(struct rig *r, enum rig_role role)
{
	char name[64];
	int ret;

	name_of(r, role, name, sizeof(name));
	if (r->container[role] < 0 && rig_open_container(r, role) < 0) {
		r->told++;
		return -EMFILE;
	}
	ret = rig_open_group(r, role);
	if (ret < 0) {
		r->told++;
		return ret;
	}
	ddw_error_clear(&r->err);
	ret = ddw_space_join(r->space, r->machine->groups[role].cfg.number, name,
			     r->container[role], r->group[role], &r->err);
	if (ret >= 0)
		r->index[role] = ret;
	return after(r, "join", ret, 0);
}

int
lib_release(struct rig *r)
{
	int ret;

	ddw_error_clear(&r->err);
	ret = ddw_space_release(r->space, &r->err);
	return after(r, "release", ret, lib_mapped(r));
}

uint64_t
lib_mapped(struct rig *r)
{
	struct ddw_space_stats stats;

	ddw_space_get_stats(r->space, &stats);
	return stats.mapped_bytes;
}

struct ddw_window_info
lib_window(struct rig *r, enum ddw_range_id which)
{
	struct ddw_window_info info = { 0 };
	int ret = ddw_space_window(r->space, which, &info);

	rig_note(r, "range", ret, info.start);
	rig_note(r, "range size", (int)info.page_shift, info.size);
	rig_note(r, "range free", 0, info.free_bytes);
	return info;
}

struct ddw_group_info
lib_group(struct rig *r, enum rig_role role)
{
	struct ddw_group_info info = { 0 };

	if (r->index[role] >= 0)
		(void)ddw_space_group(r->space, (unsigned int)r->index[role], &info);
	return info;
}

void
lib_expect_message(struct rig *r, const char *file, int line, const struct ddw_error *err,
		   enum ddw_msg msg)
{
	char what[64];

	snprintf(what, sizeof(what), "message %.40s", ddw_msg_name(err->msg));
	rig_expect(r, file, line, what, (int64_t)err->msg, (int64_t)msg);
}
