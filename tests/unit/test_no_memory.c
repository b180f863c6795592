/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The library itself runs out of memory. The linker routes calloc and malloc here. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "scene.h"

#define V SCENE_VADDR

/* From how many elements on there is no memory; the simulated kernel takes one at a time. */
static size_t limit = SIZE_MAX;

void *__real_calloc(size_t n, size_t size);
void *__real_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);

void *
__wrap_calloc(size_t n, size_t size)
{
	return n >= limit ? NULL : __real_calloc(n, size);
}

void *
__wrap_malloc(size_t size)
{
	return limit == 1 ? NULL : __real_malloc(size);
}

static void
test_space_not_created_without_memory(void **state)
{
	struct ddw_error err = { 0 };

	(void)state;
	limit = 1;
	assert_null(ddw_space_create(ddw_sys_linux(), &err));
	limit = SIZE_MAX;
	check_error(&err, -ENOMEM, DDW_MSG_NO_MEMORY);
}

/* Windows without a layout are of no use: none stays usable. */
static void
test_windows_without_layout_not_used(void **state)
{
	struct scene *s = scene_new();
	struct ddw_window_info w;
	int ret;

	(void)state;
	assert_int_equal(scene_attach(s, model_pseries(1)), 0);
	assert_int_equal(scene_plan(s, MODEL_1G, MODEL_2M), 0);
	limit = 2;
	ret = ddw_space_open_windows(s->space, &s->plan, s->errors);
	limit = SIZE_MAX;
	assert_int_equal(ret, -ENOMEM);
	check_error(&s->errors[0], -ENOMEM, DDW_MSG_NO_MEMORY);
	assert_false(scene_info(s, 0).usable);
	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_MAIN, &w), -ENOENT);
	scene_end(s);
}

/* Nothing was registered or mapped before the ledger had room for it. */
static void
test_nothing_mapped_without_room_in_ledger(void **state)
{
	struct scene *s = scene_ready();
	uint64_t a;
	int ret;

	(void)state;
	limit = 1;
	ret = ddw_space_map(s->space, V, 64 * MODEL_2M, MODEL_2M, &a, &s->err);
	limit = SIZE_MAX;
	check_error(&s->err, ret, DDW_MSG_NO_MEMORY);
	assert_int_equal(model_regions(s->m), 0);
	assert_int_equal(model_tces(s->m), 0);
	scene_map_ok(s, V, 64 * MODEL_2M, MODEL_2M, &a);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_space_not_created_without_memory),
		cmocka_unit_test(test_windows_without_layout_not_used),
		cmocka_unit_test(test_nothing_mapped_without_room_in_ledger),
	};

	return cmocka_run_group_tests_name("no_memory", tests, NULL, NULL);
}
