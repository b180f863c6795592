/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* A child of fork() has the files and the space of its parent, and may do nothing with them. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scene.h"

#define V SCENE_VADDR

/* Check the answer to a call in the child. */
static void
forked(struct scene *s, int ret)
{
	check_error(&s->err, ret, DDW_MSG_FORKED);
	assert_int_equal(ret, -EPERM);
	assert_non_null(strstr(s->err.why, "fork()"));
	ddw_error_clear(&s->err);
}

static void
test_child_changes_nothing(void **state)
{
	struct scene *s = scene_ready();
	struct ddw_mapping m = { .vaddr = V + MODEL_1G / 2, .len = MODEL_2M };
	uint64_t iova, at, room;
	unsigned int calls;

	(void)state;
	scene_map_ok(s, V, 4 * MODEL_2M, 0, &iova);
	room = scene_stats(s).free_bytes;
	calls = model_count(s->m, 0);
	model_switch(s->m, model_fork(s->m));
	forked(s, ddw_space_check_process(s->space, &s->err));
	forked(s, ddw_space_map_memory(s->space, &m, &s->err));
	forked(s, ddw_space_map(s->space, V + MODEL_1G / 2, MODEL_2M, 0, &at, &s->err));
	forked(s, ddw_space_unmap(s->space, V, MODEL_2M, NULL, &s->err));
	forked(s, ddw_space_pin(s->space, V + MODEL_1G / 2, MODEL_2M, 0, &s->err));
	forked(s, ddw_space_unpin(s->space, V, MODEL_2M, &s->err));
	forked(s, ddw_space_attach(s->space, 9, "group 9", s->container[0], s->group[0], &s->err));
	forked(s, ddw_space_join(s->space, 1, "group 1", s->container[0], s->group[0], &s->err));
	forked(s, ddw_space_open(s->space, &s->in, &s->plan, s->errors, &s->err));
	assert_int_equal(ddw_space_open_windows(s->space, &s->plan, &s->err), -EPERM);
	forked(s, s->err.err);
	/* Nothing is asked, so it is what it was. */
	assert_true(ddw_space_group_alive(s->space, 0));
	assert_false(ddw_space_group_alive(s->space, 2));
	/* What is mapped can be looked up: the devices go on. */
	assert_int_equal(ddw_space_lookup(s->space, V + MODEL_2M, &at), 0);
	assert_true(at == iova + MODEL_2M);
	assert_int_equal(model_count(s->m, 0), calls);
	model_switch(s->m, 0);

	assert_true(scene_stats(s).free_bytes == room);
	assert_int_equal(ddw_space_check_process(s->space, &s->err), 0);
	scene_reach(s, V, iova, 4 * MODEL_2M);
	assert_int_equal(scene_unmap(s, V, 2 * MODEL_2M, NULL), 0);
	model_exit(s->m, 1);
	scene_end(s);
}

/* In a process of its own, with a copy of all memory, as it is. Returns its exit status. */
static int
child_ends(struct scene *s, uint64_t iova)
{
	unsigned int calls = model_count(s->m, 0);
	uint64_t tces = model_tces(s->m), at;

	model_switch(s->m, model_fork(s->m));
	ddw_error_clear(&s->err);
	if (ddw_space_release(s->space, &s->err) != 0 || s->err.err != 0)
		return 1;
	if (model_count(s->m, 0) != calls || model_tces(s->m) != tces)
		return 2;
	if (scene_stats(s).mapped_bytes != 0 || scene_stats(s).regions != 0 ||
	    ddw_space_lookup(s->space, V, &at) == 0)
		return 3;
	/* A second time, as an application may do it. */
	if (ddw_space_release(s->space, &s->err) != 0)
		return 4;
	ddw_space_destroy(s->space);
	if (model_dma(s->m, 1, iova, MODEL_2M, &at) != 0 || at != V)
		return 5;
	return 0;
}

static void
test_child_releases_without_call(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova, other;
	int status = -1;
	pid_t pid;

	(void)state;
	scene_map_ok(s, V, 4 * MODEL_2M, MODEL_2M, &iova);
	assert_int_equal(scene_pin(s, V + MODEL_1G / 2, MODEL_2M, 0), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(child_ends(s, iova));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);

	scene_reach(s, V, iova, 4 * MODEL_2M);
	scene_map_ok(s, V + 4 * MODEL_2M, MODEL_2M, 0, &other);
	assert_int_equal(scene_unmap(s, V, 4 * MODEL_2M, NULL), 0);
	scene_end(s);
}

/* A child can have a space of its own, with groups of its own. */
static void
test_child_opens_own_space(void **state)
{
	struct scene *s = scene_ready(), child = { .m = s->m, .sys = s->sys };
	uint64_t iova;

	(void)state;
	model_switch(s->m, model_fork(s->m));
	child.space = ddw_space_create(&child.sys, &child.err);
	assert_non_null(child.space);
	child.in.memlock.unlimited = true;
	child.in.wishes.mode = DDW_MODE_DDW;
	assert_int_equal(scene_attach(&child, model_pseries(3)), 0);
	assert_int_equal(scene_open(&child, MODEL_1G, MODEL_2M), 1);
	scene_map_ok(&child, V, MODEL_2M, 0, &iova);
	assert_int_equal(ddw_space_release(child.space, &child.err), 0);
	assert_int_equal(model_group_tces(s->m, 3), 0);
	ddw_space_destroy(child.space);
	model_switch(s->m, 0);
	model_exit(s->m, 1);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_child_changes_nothing),
		cmocka_unit_test(test_child_releases_without_call),
		cmocka_unit_test(test_child_opens_own_space),
	};

	return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
