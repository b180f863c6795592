/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

struct scene *
scene_new(void)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->m = model_create();
	s->sys = *model_sys(s->m);
	s->space = ddw_space_create(&s->sys, &s->err);
	assert_non_null(s->space);
	s->in.memlock.unlimited = true;
	/* What is asked for, or an error; tests of the fallbacks ask for more. */
	ddw_space_choose_iommu(s->space, DDW_IOMMU_V2);
	s->in.wishes.mode = DDW_MODE_DDW;
	return s;
}

void
scene_reopen(struct scene *s, unsigned int i, int number)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/vfio/%d", number);
	s->group[i] = s->sys.open(s->sys.ctx, path, O_RDWR);
	assert_true(s->group[i] >= 0);
}

unsigned int
scene_add(struct scene *s, struct model_group_cfg cfg)
{
	unsigned int i = s->n++;

	assert_true(i < SCENE_GROUPS);
	model_add_group(s->m, &cfg);
	s->container[i] = s->sys.open(s->sys.ctx, "/dev/vfio/vfio", O_RDWR);
	assert_true(s->container[i] >= 0);
	scene_reopen(s, i, cfg.number);
	return i;
}

int
scene_attach(struct scene *s, struct model_group_cfg cfg)
{
	unsigned int i = scene_add(s, cfg);
	char name[32];

	snprintf(name, sizeof(name), "group %d", cfg.number);
	ddw_error_clear(&s->err);
	return ddw_space_attach(s->space, cfg.number, name, s->container[i], s->group[i], &s->err);
}

int
scene_join(struct scene *s, unsigned int i, int number)
{
	ddw_error_clear(&s->err);
	return ddw_space_join(s->space, number, "group that comes", s->container[i], s->group[i],
			      &s->err);
}

int
scene_plan(struct scene *s, uint64_t bytes, uint64_t page_size)
{
	ddw_space_caps(s->space, &s->in);
	s->in.n_memory = 1;
	s->in.memory[0] = (struct ddw_plan_memory){ page_size, bytes, bytes };
	ddw_error_clear(&s->err);
	return ddw_plan_make(&s->in, &s->plan, &s->err);
}

int
scene_open(struct scene *s, uint64_t bytes, uint64_t page_size)
{
	int ret = scene_plan(s, bytes, page_size);

	if (ret != 0)
		return ret;
	return ddw_space_open_windows(s->space, &s->plan, s->errors);
}

struct scene *
scene_auto(void)
{
	struct scene *s = scene_new();

	s->in.wishes.mode = DDW_MODE_AUTO;
	ddw_space_choose_iommu(s->space, DDW_IOMMU_AUTO);
	return s;
}

int
scene_open_pages(struct scene *s, uint64_t page_size, uint64_t exist, uint64_t start)
{
	s->in.n_memory = 1;
	s->in.memory[0] = (struct ddw_plan_memory){ page_size, exist, start };
	ddw_error_clear(&s->err);
	return ddw_space_open(s->space, &s->in, &s->plan, s->errors, &s->err);
}

int
scene_open_all(struct scene *s, uint64_t exist, uint64_t start)
{
	return scene_open_pages(s, MODEL_2M, exist, start);
}

struct scene *
scene_two(struct model_group_cfg (*kind)(int), uint64_t bytes, uint64_t page_size)
{
	struct scene *s = scene_new();

	assert_int_equal(scene_attach(s, kind(1)), 0);
	assert_int_equal(scene_attach(s, kind(2)), 1);
	assert_int_equal(scene_open(s, bytes, page_size), 2);
	return s;
}

void
scene_lose(struct scene *s, unsigned int i)
{
	if (s->group[i] >= 0)
		assert_int_equal(s->sys.close(s->sys.ctx, s->group[i]), 0);
	s->group[i] = -1;
}

void
scene_drop(struct scene *s)
{
	const char *left;
	unsigned int i;

	scene_check(s);
	ddw_space_destroy(s->space);
	for (i = 0; i < s->n; i++) {
		scene_lose(s, i);
		assert_int_equal(s->sys.close(s->sys.ctx, s->container[i]), 0);
	}
	left = model_leaks(s->m);
	if (left != NULL)
		fail_msg("left over: %s", left);
	model_destroy(s->m);
	free(s);
}

void
scene_end(struct scene *s)
{
	assert_int_equal(ddw_space_release(s->space, &s->err), 0);
	assert_int_equal(model_tces(s->m), 0);
	assert_int_equal(scene_stats(s).mapped_bytes, 0);
	scene_drop(s);
}

void
scene_check(struct scene *s)
{
	const char *broken = model_check(s->m);

	if (broken != NULL)
		fail_msg("model: %s", broken);
}

void
scene_reach(struct scene *s, uint64_t vaddr, uint64_t iova, uint64_t len)
{
	struct ddw_group_info info;
	uint64_t at, found;
	unsigned int i;

	for (i = 0; ddw_space_group(s->space, i, &info) == 0; i++) {
		if (!info.usable)
			continue;
		assert_int_equal(model_dma(s->m, info.number, iova, len, &at), 0);
		assert_true(at == vaddr);
	}
	assert_int_equal(ddw_space_lookup(s->space, vaddr + len - 1, &found), 0);
	assert_true(found == iova + len - 1);
}

void
check_any_error(const struct ddw_error *err, int ret)
{
	assert_true(ret < 0);
	assert_int_equal(err->err, ret);
	assert_true(err->msg > DDW_MSG_NONE && err->msg < DDW_MSG_COUNT);
	assert_int_equal(strncmp(ddw_msg_name(err->msg), "DDW-", 4), 0);
	assert_true(err->what[0] != '\0');
	assert_true(err->why[0] != '\0');
	assert_true(err->fix[0] != '\0');
}

void
check_error(const struct ddw_error *err, int ret, enum ddw_msg msg)
{
	check_any_error(err, ret);
	assert_string_equal(ddw_msg_name(err->msg), ddw_msg_name(msg));
}

struct ddw_space_stats
scene_stats(struct scene *s)
{
	struct ddw_space_stats stats;

	ddw_space_get_stats(s->space, &stats);
	return stats;
}

struct ddw_group_info
scene_info(struct scene *s, unsigned int i)
{
	struct ddw_group_info info;

	assert_int_equal(ddw_space_group(s->space, i, &info), 0);
	return info;
}

struct scene *
scene_ready(void)
{
	struct scene *s = scene_two(model_pseries, MODEL_1G, MODEL_2M);

	model_add_memory(s->m, SCENE_VADDR, MODEL_1G, 21);
	return s;
}

int
scene_map(struct scene *s, uint64_t vaddr, uint64_t len, uint64_t piece, uint64_t *iova)
{
	int ret;

	ddw_error_clear(&s->err);
	ret = ddw_space_map(s->space, vaddr, len, piece, iova, &s->err);
	scene_check(s);
	return ret;
}

int
scene_unmap(struct scene *s, uint64_t vaddr, uint64_t len, uint64_t *unmapped)
{
	int ret;

	ddw_error_clear(&s->err);
	ret = ddw_space_unmap(s->space, vaddr, len, unmapped, &s->err);
	scene_check(s);
	return ret;
}

void
scene_map_ok(struct scene *s, uint64_t vaddr, uint64_t len, uint64_t piece, uint64_t *iova)
{
	int ret = ddw_space_map(s->space, vaddr, len, piece, iova, &s->err);

	if (ret != 0)
		fail_msg("map: %d, %s", ret, s->err.what);
	scene_check(s);
	scene_reach(s, vaddr, *iova, len);
}

int
scene_pin(struct scene *s, uint64_t vaddr, uint64_t len, uint64_t piece)
{
	int ret;

	ddw_error_clear(&s->err);
	ret = ddw_space_pin(s->space, vaddr, len, piece, &s->err);
	scene_check(s);
	return ret;
}

int
scene_unpin(struct scene *s, uint64_t vaddr, uint64_t len)
{
	int ret;

	ddw_error_clear(&s->err);
	ret = ddw_space_unpin(s->space, vaddr, len, &s->err);
	scene_check(s);
	return ret;
}

int
scene_map_pinned(struct scene *s, uint64_t vaddr, uint64_t len, unsigned int flags, uint64_t *iova)
{
	struct ddw_mapping m = {
		.vaddr = vaddr,
		.len = len,
		.page_size = MODEL_2M,
		.flags = DDW_MAP_PINNED | flags,
	};
	int ret;

	ddw_error_clear(&s->err);
	ret = ddw_space_map_memory(s->space, &m, &s->err);
	scene_check(s);
	*iova = m.iova;
	return ret;
}

void
scene_map_pinned_ok(struct scene *s, uint64_t vaddr, uint64_t len, unsigned int flags,
		    uint64_t *iova)
{
	int ret = scene_map_pinned(s, vaddr, len, flags, iova);

	if (ret != 0)
		fail_msg("map: %d, %s", ret, s->err.what);
	scene_reach(s, vaddr, *iova, len);
}
