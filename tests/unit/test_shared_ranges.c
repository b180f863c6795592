/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Small pages, and bus addresses that the caller chooses. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <linux/vfio.h>

#include "scene.h"

#define V SCENE_VADDR

static void
test_small_pages_mapped_in_default_window(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = 3 * MODEL_64K, .page_size = MODEL_64K };
	struct scene *s = scene_ready();
	struct ddw_window_info w;
	uint64_t huge;

	(void)state;
	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_SMALL, &w), 0);
	assert_true(w.start == 0 && w.size == MODEL_1G && w.page_shift == 12);
	model_free_memory(s->m, V, MODEL_2M);
	model_add_memory(s->m, V, MODEL_2M, 16);
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	assert_true(m.iova != 0 && m.iova < MODEL_1G && ddw_is_aligned(m.iova, MODEL_64K));
	scene_check(s);
	scene_reach(s, V, m.iova, m.len);
	scene_map_ok(s, V + MODEL_2M, MODEL_2M, 0, &huge);
	assert_true(huge >= MODEL_HIGH);
	assert_int_equal(scene_unmap(s, V, MODEL_2M, NULL), 0);
	assert_int_equal(model_tces(s->m), 2);
	scene_end(s);

	/* with a single window there is no place for them, wherever they are wanted */
	s = scene_two(model_single_window, MODEL_1G, MODEL_2M);
	m.iova = 0;
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_SMALL_PAGES);
	assert_int_equal(ddw_space_window(s->space, DDW_RANGE_MAIN, &w), 0);
	m.iova = w.start + MODEL_2M;
	m.flags = DDW_MAP_FIXED;
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_SMALL_PAGES);
	scene_end(s);
}

static void
test_fixed_address_must_be_free_in_a_window(void **state)
{
	struct ddw_mapping m = { .vaddr = V, .len = MODEL_2M, .flags = DDW_MAP_FIXED };
	static const uint64_t bad[] = {
		0,
		MODEL_1G,
		MODEL_HIGH - MODEL_2M,
		MODEL_HIGH + MODEL_64K,
		MODEL_HIGH + 2 * MODEL_1G,
		MODEL_HIGH + 2 * MODEL_1G - MODEL_2M,	  /* poison */
		MODEL_HIGH + 2 * MODEL_1G - 2 * MODEL_2M, /* and the page below it */
		UINT64_MAX - MODEL_2M + 1,
	};
	struct scene *s = scene_ready();
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		m.iova = bad[i];
		check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_BAD_IOVA);
		assert_non_null(strstr(s->err.fix, "0x800000000000000-0x80000007fffffff"));
	}
	m.iova = MODEL_HIGH + 7 * MODEL_2M;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	scene_reach(s, V, MODEL_HIGH + 7 * MODEL_2M, MODEL_2M);
	m.vaddr += MODEL_2M; /* taken */
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_BAD_IOVA);
	/* in the default window, too */
	m.iova = MODEL_1G / 2;
	assert_int_equal(ddw_space_map_memory(s->space, &m, &s->err), 0);
	scene_reach(s, V + MODEL_2M, MODEL_1G / 2, MODEL_2M);
	/* small pages do not fit the large window, but there is another one */
	m.vaddr += MODEL_2M;
	m.iova = MODEL_HIGH;
	m.page_size = MODEL_64K;
	check_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err), DDW_MSG_BAD_IOVA);
	assert_non_null(strstr(s->err.fix, "small pages in 0x0-0x3fffffff"));
	m.page_size = 3;
	m.flags = 0;
	check_any_error(&s->err, ddw_space_map_memory(s->space, &m, &s->err));
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_pages_mapped_in_default_window),
		cmocka_unit_test(test_fixed_address_must_be_free_in_a_window),
	};

	return cmocka_run_group_tests_name("shared_ranges", tests, NULL, NULL);
}
