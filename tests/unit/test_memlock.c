/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Plans within a finite memlock limit, when the kernel keeps charges of what it refused. */

#include <errno.h>

#include "scene.h"

/* A group that has no default window either: asking for it costs the charge of its table. */
static struct scene *
scene_with_lost_charge(void)
{
	struct scene *s = scene_auto();

	assert_int_equal(scene_attach(s, model_no_ddw(1)), 0);
	assert_int_equal(scene_attach(s, model_pseries(2)), 1);
	return s;
}

static void
test_charge_lost_by_asking_is_planned_with(void **state)
{
	struct scene *s = scene_with_lost_charge();
	uint64_t need, lost;

	(void)state;
	assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_2M), 1);
	need = s->plan.memlock_needed;
	lost = model_lost_charge(s->m);
	assert_true(lost != 0);
	scene_end(s);

	s = scene_with_lost_charge();
	model_set_memlock(s->m, false, need + lost);
	assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_2M), 1);
	assert_int_equal(s->plan.mode, DDW_MODE_DDW);
	scene_end(s);

	/* one byte less: no window is asked for that cannot be */
	s = scene_with_lost_charge();
	model_set_memlock(s->m, false, need + lost - 1);
	assert_int_equal(scene_open_all(s, MODEL_1G, MODEL_2M), 1);
	assert_int_equal(s->plan.mode, DDW_MODE_DMA32);
	assert_int_equal(model_creates(s->m, 2), 0);
	scene_end(s);
}

/* The default window is there when the dynamic one is refused: its table counts once. */
static void
test_windows_that_exist_count_once(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);
	struct scene *s = scene_auto();
	uint64_t need, lost;

	(void)state;
	assert_int_equal(scene_attach(s, cfg), 0);
	assert_int_equal(scene_open_all(s, 64 * MODEL_1G, MODEL_2M), 1);
	need = s->plan.memlock_needed;
	scene_end(s);

	cfg.largest_block = MODEL_64K;
	s = scene_auto();
	assert_int_equal(scene_attach(s, cfg), 0);
	model_set_memlock(s->m, false, need);
	assert_int_equal(scene_open_all(s, 64 * MODEL_1G, MODEL_2M), 1);
	assert_int_equal(s->plan.mode, DDW_MODE_DMA32);
	lost = model_lost_charge(s->m);
	assert_true(lost != 0);
	assert_int_equal(s->plan.memlock_needed + lost, need);
	scene_end(s);
}

/* A dynamic window that is given up for a default one gives its charge back. */
static void
test_window_given_up_does_not_count(void **state)
{
	struct model_group_cfg far = model_pseries(2);
	struct scene *s = scene_auto();
	uint64_t need;

	(void)state;
	far.high_start *= 2;
	s->in.wishes.mismatch_dma32 = true;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_attach(s, far), 1);
	ddw_space_caps(s->space, &s->in);
	assert_int_equal(scene_plan(s, 64 * MODEL_1G, MODEL_2M), 0);
	need = s->plan.memlock_needed - 64 * MODEL_1G + MODEL_2M;
	model_set_memlock(s->m, false, need);
	assert_int_equal(scene_open_all(s, 64 * MODEL_1G, MODEL_2M), 2);
	assert_int_equal(s->plan.mode, DDW_MODE_DMA32);
	scene_end(s);
}

static void
test_unreadable_limit_reported(void **state)
{
	struct scene *s = scene_auto();

	(void)state;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	model_fail_memlock(s->m, -EIO);
	check_error(&s->err, scene_open_all(s, MODEL_1G, 0), DDW_MSG_MEMLOCK);
	assert_int_equal(model_creates(s->m, 1), 0);
	scene_drop(s);
	s = scene_auto();
	model_fail_memlock(s->m, -EIO);
	check_error(&s->err, ddw_space_open_empty(s->space, &s->in, &s->plan, &s->err),
		    DDW_MSG_MEMLOCK);
	scene_drop(s);
}

/* The limit one byte too low, then enough, for group 2 of the model, which is entry 1. */
static void
join_within_limit(struct scene *s, uint64_t need)
{
	unsigned int before;

	scene_reopen(s, 1, 2);
	before = model_creates(s->m, 2);
	model_set_memlock(s->m, false, model_locked(s->m) + need - 1);
	check_error(&s->err, scene_join(s, 1, 2), DDW_MSG_MEMLOCK);
	assert_int_equal(model_creates(s->m, 2), before);
	assert_int_equal(model_lost_charge(s->m), 0);
	model_set_memlock(s->m, false, model_locked(s->m) + need);
	assert_int_equal(scene_join(s, 1, 2), 1);
	model_set_memlock(s->m, true, 0);
}

/* CREATE would fail, and the kernel would keep the charge. */
static void
test_group_that_exceeds_limit_refused_before_create(void **state)
{
	struct scene *s = scene_ready();
	uint64_t iova, table = s->plan.windows[1].table_bytes;

	(void)state;
	scene_lose(s, 1);
	assert_false(ddw_space_group_alive(s->space, 1));
	scene_map_ok(s, SCENE_VADDR, 8 * MODEL_2M, MODEL_2M, &iova);
	/* what the other group has registered counts once */
	join_within_limit(s, table);
	scene_reach(s, SCENE_VADDR, iova, 8 * MODEL_2M);
	/* without another group it is registered again */
	scene_lose(s, 0);
	scene_lose(s, 1);
	assert_false(ddw_space_group_alive(s->space, 0));
	assert_false(ddw_space_group_alive(s->space, 1));
	join_within_limit(s, table + 8 * MODEL_2M);
	scene_reach(s, SCENE_VADDR, iova, 8 * MODEL_2M);
	scene_end(s);
}

/* EAL has closed the only group, and nobody has noticed: the memory is registered again. */
static void
test_memory_of_closed_group_counts_again(void **state)
{
	struct scene *s = scene_new();
	uint64_t iova;
	unsigned int i;

	(void)state;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_open(s, MODEL_1G, MODEL_2M), 1);
	model_add_memory(s->m, SCENE_VADDR, MODEL_1G, 21);
	scene_map_ok(s, SCENE_VADDR, MODEL_1G / 2, 0, &iova);
	i = scene_add(s, model_pseries(2));
	scene_lose(s, 0);
	model_set_memlock(s->m, false, MODEL_1G / 2);
	check_error(&s->err,
		    ddw_space_join(s->space, 2, "group 2", s->container[i], s->group[i], &s->err),
		    DDW_MSG_MEMLOCK);
	assert_int_equal(model_creates(s->m, 2), 0);
	model_set_memlock(s->m, true, 0);
	scene_end(s);
}

/* Then the kernel decides. */
static void
test_group_joins_when_limit_is_unreadable(void **state)
{
	struct scene *s = scene_ready();

	(void)state;
	scene_lose(s, 1);
	assert_false(ddw_space_group_alive(s->space, 1));
	scene_reopen(s, 1, 2);
	model_fail_memlock(s->m, -EIO);
	assert_int_equal(scene_join(s, 1, 2), 1);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_charge_lost_by_asking_is_planned_with),
		cmocka_unit_test(test_windows_that_exist_count_once),
		cmocka_unit_test(test_window_given_up_does_not_count),
		cmocka_unit_test(test_unreadable_limit_reported),
		cmocka_unit_test(test_group_that_exceeds_limit_refused_before_create),
		cmocka_unit_test(test_memory_of_closed_group_counts_again),
		cmocka_unit_test(test_group_joins_when_limit_is_unreadable),
	};

	return cmocka_run_group_tests_name("memlock", tests, NULL, NULL);
}
