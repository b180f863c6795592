/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan_ddw.h"
#include "plan/tce_table.h"
#include "plan_scene.h"

static void
check_blank(const struct ddw_plan_window *w)
{
	assert_false(w->accepted);
	assert_false(w->remove_default);
	assert_int_equal(w->page_shift, 0);
	assert_int_equal(w->levels, 0);
	assert_int_equal(w->table_bytes, 0);
	assert_true(w->reason[0] == '\0');
}

static void
test_plan_accepts_most_groups(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < DDW_MAX_GROUPS; i++)
		plan_group(i % 2 ? model_pseries((int)i) : model_powernv((int)i));
	plan_memory(MODEL_2M, MODEL_1G, 0);
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.n_accepted, DDW_MAX_GROUPS);
}

static void
test_memlock_of_plan_counts_tables_and_memory(void **state)
{
	uint64_t needed;

	(void)state;
	plan_group(model_pseries(1));
	plan_group(model_pseries(2));
	plan_memory(MODEL_2M, MODEL_1G, MODEL_1G / 2);
	assert_int_equal(plan_make(), 0);
	needed = plan.memlock_needed;
	assert_true(needed ==
		    MODEL_1G / 2 + plan.windows[0].table_bytes + plan.windows[1].table_bytes);
	in.memlock = (struct ddw_memlock){ false, needed + 5, 5 };
	assert_int_equal(plan_make(), 0);
	in.memlock.used = 6;
	plan_refused(-ENOMEM, DDW_MSG_MEMLOCK);
	in.memlock = (struct ddw_memlock){ false, 64 << 20, 0 };
	plan_refused(-ENOMEM, DDW_MSG_MEMLOCK);
	in.memlock = (struct ddw_memlock){ false, UINT64_MAX - 1, UINT64_MAX };
	plan_refused(-ENOMEM, DDW_MSG_MEMLOCK);
}

/* The number that the message tells is enough, one KiB less is not. */
static void
test_memlock_number_of_message_is_enough(void **state)
{
	const char *at;
	uint64_t kib;

	(void)state;
	plan_group(model_pseries(1));
	plan_memory(MODEL_2M, MODEL_1G, MODEL_1G / 2);
	in.memlock = (struct ddw_memlock){ false, 65536, 4096 };
	plan_refused(-ENOMEM, DDW_MSG_MEMLOCK);
	at = strstr(err.fix, "ulimit -l ");
	assert_non_null(at);
	kib = strtoull(at + strlen("ulimit -l "), NULL, 10);
	in.memlock.limit = kib * 1024;
	assert_int_equal(plan_make(), 0);
	in.memlock.limit = (kib - 2) * 1024;
	plan_refused(-ENOMEM, DDW_MSG_MEMLOCK);
}

static void
test_tables_split_into_fewest_levels(void **state)
{
	struct ddw_plan_window *w = &plan.windows[0];
	unsigned int bits;

	(void)state;
	plan_group(model_powernv(1));
	plan_memory(MODEL_64K, MODEL_1G, 0);
	in.wishes.page_size = MODEL_64K;
	for (bits = 30; bits < 55; bits++) {
		in.wishes.window_size = UINT64_C(1) << bits;
		if (plan_make() != 0) {
			/* pnv_pci_ioda2_table_alloc_pages() has an end */
			check_any_error(&err, err.err);
			assert_true(bits > 48);
			continue;
		}
		/* no level larger than 16 MiB, and no more levels than that takes */
		assert_true((bits - 16 + w->levels - 1) / w->levels <= 21);
		assert_true(w->levels == 1 || (bits - 16 + w->levels - 2) / (w->levels - 1) > 21);
		assert_true(w->levels <= 5);
	}
	/* pSeries has one level */
	plan_setup(NULL);
	plan_group(model_pseries(1));
	plan_memory(MODEL_64K, MODEL_1G, 0);
	in.wishes.window_size = UINT64_C(1) << 40;
	in.wishes.page_size = MODEL_64K;
	assert_int_equal(plan_make(), 0);
	assert_int_equal(w->levels, 1);
	in.groups[0].caps.levels = 0;
	assert_int_equal(plan_make(), 0);
	assert_int_equal(w->levels, 1);
}

/* A group whose tables are impossible is refused alone. */
static void
test_group_refused_alone_when_table_too_large(void **state)
{
	(void)state;
	plan_group(model_powernv(1));
	in.groups[0].caps.pgsizes = MODEL_4K;
	in.groups[0].caps.levels = 2;
	plan_memory(MODEL_2M, MODEL_1G, 0);
	in.wishes.window_size = UINT64_C(1) << 56;
	check_any_error(&err, plan_make());
	assert_int_equal(err.msg, DDW_MSG_WINDOW_TOO_LARGE);
	check_blank(&plan.windows[0]);
	plan_group(model_pseries(2));
	assert_int_equal(plan_make(), 0);
	assert_int_equal(plan.n_accepted, 1);
	check_blank(&plan.windows[0]);
	check_any_error(&plan.windows[0].error, plan.windows[0].error.err);
}

static void
test_table_size_computed_per_platform(void **state)
{
	struct ddw_caps ps = plan_caps(model_pseries(1)), nv = plan_caps(model_powernv(1));

	(void)state;
	assert_true(ddw_tce_table_bytes(&ps, MODEL_1G, 21, 1) == 512 * 8);
	assert_true(ddw_tce_table_bytes(&ps, UINT64_C(1) << 40, 16, 1) == UINT64_C(128) << 20);
	assert_true(ddw_tce_table_bytes(&nv, UINT64_C(1) << 40, 16, 1) == UINT64_C(256) << 20);
	assert_true(ddw_tce_table_bytes(&nv, UINT64_C(1) << 40, 16, 2) >= UINT64_C(256) << 20);
	assert_true(ddw_tce_table_bytes(&nv, MODEL_2M, 21, 1) >= 2 * MODEL_4K);
	assert_true(ddw_tce_table_bytes(&ps, UINT64_C(1) << 63, 0, 1) == UINT64_MAX);
	assert_true(ddw_tce_table_default(&ps) != 0);
	ps.dma32_size = 0;
	assert_true(ddw_tce_table_default(&ps) == 0);
	assert_true(ddw_tce_table_more_levels(&nv, MODEL_1G, 16, 1));
	nv.levels = 2;
	assert_false(ddw_tce_table_more_levels(&nv, MODEL_1G, 16, 2));
}

/* A window that may start at 0 ends below the bus addresses of MSI, at 4 TiB. */
static void
test_window_alone_ends_below_msi(void **state)
{
	struct ddw_caps ps = plan_caps(model_pseries(1)), nv = plan_caps(model_powernv(1));
	const uint64_t msi = UINT64_C(1) << 42;
	struct ddw_plan p = {
		.align_shift = 21,
		.align = MODEL_2M,
		.start_bytes = MODEL_1G,
		.size = 2 * msi,
	};
	uint64_t size, least;

	(void)state;
	assert_true(ddw_plan_alone(&ps, &p, &size, &least));
	assert_true(size == msi && least == 2 * MODEL_1G);
	assert_false(ddw_plan_alone(&nv, &p, &size, &least));
	/* without 32-bit MMIO in it all but the first page and the last two is of use */
	assert_true(ddw_plan_room_at_zero(&p, MODEL_1G) == MODEL_1G - 3 * MODEL_2M);
	assert_true(ddw_plan_room_at_zero(&p, MODEL_4K) == 0);
	/* one that ends in the MMIO loses the last two before it, a larger one at its end */
	p.hole_start = p.hole_size = 2 * MODEL_1G;
	assert_true(ddw_plan_room_at_zero(&p, 3 * MODEL_1G) == 2 * MODEL_1G - 3 * MODEL_2M);
	assert_true(ddw_plan_room_at_zero(&p, 8 * MODEL_1G) == 4 * MODEL_1G - 2 * MODEL_2M);
	assert_true(ddw_plan_room_at_zero(&p, 5 * MODEL_1G) == 2 * MODEL_1G - MODEL_2M);
	p.hole_start = p.hole_size = 0;
	p.start_bytes = msi;
	assert_false(ddw_plan_alone(&ps, &p, &size, &least));
	p.start_bytes = UINT64_MAX / 2;
	assert_false(ddw_plan_alone(&ps, &p, &size, &least));
}

#define T(f) cmocka_unit_test_setup(f, plan_setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_plan_accepts_most_groups),
		T(test_memlock_of_plan_counts_tables_and_memory),
		T(test_memlock_number_of_message_is_enough),
		T(test_tables_split_into_fewest_levels),
		T(test_group_refused_alone_when_table_too_large),
		T(test_table_size_computed_per_platform),
		T(test_window_alone_ends_below_msi),
	};

	return cmocka_run_group_tests_name("plan_limits", tests, NULL, NULL);
}
