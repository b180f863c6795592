/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SCENE_H
#define SCENE_H

/* A simulated machine, a space on it, and what tests do with both again and again. */

#include "ddw.h"
#include "model.h"
#include "unit.h"

#define SCENE_GROUPS 8
/* Where the memory of the tests is. */
#define SCENE_VADDR UINT64_C(0x100000000000)

struct scene {
	struct model *m;
	struct ddw_sys sys; /* that of the model, for tests that replace a part of it */
	struct ddw_space *space;
	int container[SCENE_GROUPS];
	int group[SCENE_GROUPS];
	unsigned int n;
	struct ddw_plan_input in;
	struct ddw_plan plan;
	struct ddw_error err;
	struct ddw_error errors[DDW_MAX_GROUPS];
};

struct scene *scene_new(void);
/* Add a group to the machine and open its files. Returns its number in the scene. */
unsigned int scene_add(struct scene *s, struct model_group_cfg cfg);
/* The same, and attach it. Returns what ddw_space_attach() did. */
int scene_attach(struct scene *s, struct model_group_cfg cfg);
/* Plan for so many bytes of hugepages of one size, all of them mapped at start. */
int scene_plan(struct scene *s, uint64_t bytes, uint64_t page_size);
/* Plan and open; returns what ddw_space_open_windows() did. */
int scene_open(struct scene *s, uint64_t bytes, uint64_t page_size);
/* A scene that takes what there is: any sPAPR, any window. */
struct scene *scene_auto(void);
/* ddw_space_open() with so much memory that exists, and that is mapped at start. */
int scene_open_pages(struct scene *s, uint64_t page_size, uint64_t exist, uint64_t start);
/* The same with hugepages of 2M. */
int scene_open_all(struct scene *s, uint64_t exist, uint64_t start);
/* Two groups of one kind with windows open. */
struct scene *scene_two(struct model_group_cfg (*kind)(int), uint64_t bytes, uint64_t page_size);
/* Close the file of group i. */
void scene_lose(struct scene *s, unsigned int i);
/* Open it again; the kernel knows the group by its number. */
void scene_reopen(struct scene *s, unsigned int i, int number);
/* Let it join the open windows. Returns what ddw_space_join() did. */
int scene_join(struct scene *s, unsigned int i, int number);
/* Release, which must work, close everything, and look for leaks. */
void scene_end(struct scene *s);
/* The same without release. */
void scene_drop(struct scene *s);

/* The invariants of the model hold. */
void scene_check(struct scene *s);
/* All usable groups reach memory at vaddr by iova. */
void scene_reach(struct scene *s, uint64_t vaddr, uint64_t iova, uint64_t len);
/* A failure was reported in full. */
void check_error(const struct ddw_error *err, int ret, enum ddw_msg msg);
/* The same, of any kind. */
void check_any_error(const struct ddw_error *err, int ret);

struct ddw_space_stats scene_stats(struct scene *s);
struct ddw_group_info scene_info(struct scene *s, unsigned int i);

/* Two groups of pSeries with windows open, and 1 GiB of memory at SCENE_VADDR. */
struct scene *scene_ready(void);
/* ddw_space_map() with the invariants looked at afterwards. */
int scene_map(struct scene *s, uint64_t vaddr, uint64_t len, uint64_t piece, uint64_t *iova);
/* The same, and it must work and reach the memory. */
void scene_map_ok(struct scene *s, uint64_t vaddr, uint64_t len, uint64_t piece, uint64_t *iova);
/* ddw_space_unmap() with the invariants looked at afterwards. */
int scene_unmap(struct scene *s, uint64_t vaddr, uint64_t len, uint64_t *unmapped);
/* ddw_space_pin() and ddw_space_unpin() with the invariants looked at afterwards. */
int scene_pin(struct scene *s, uint64_t vaddr, uint64_t len, uint64_t piece);
int scene_unpin(struct scene *s, uint64_t vaddr, uint64_t len);
/* Map hugepages that are pinned, with more flags. */
int scene_map_pinned(struct scene *s, uint64_t vaddr, uint64_t len, unsigned int flags,
		     uint64_t *iova);
/* The same, and it must work and reach the memory. */
void scene_map_pinned_ok(struct scene *s, uint64_t vaddr, uint64_t len, unsigned int flags,
			 uint64_t *iova);

#endif /* SCENE_H */
