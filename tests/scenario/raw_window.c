/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>

#include "raw.h"
#include "scenarios.h"

/* Windows come and go. */

static void
create_beside_the_default_window(struct rig *r)
{
	uint64_t start = 0;

	raw_attach(r, RIG_A, V2);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, &start), 0);
	EXPECT_TRUE(start == MODEL_HIGH);
	rig_locked(r);
	EXPECT(raw_remove(r, RIG_A, start), 0);
	EXPECT(raw_remove(r, RIG_A, start), -EINVAL);
	rig_locked(r);
}

static void
create_after_remove_0(struct rig *r)
{
	uint64_t start = 1;

	raw_attach(r, RIG_A, V2);
	EXPECT(raw_remove(r, RIG_A, 0), 0);
	EXPECT(raw_remove(r, RIG_A, 0), -EINVAL);
	rig_locked(r);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, &start), 0);
	EXPECT_TRUE(start == (r->machine->powernv ? 0 : MODEL_HIGH));
	rig_locked(r);
	EXPECT(raw_remove(r, RIG_A, start + SMALL_WINDOW - 1), 0);
	rig_locked(r);
}

static void
remove_the_default_window_later(struct rig *r)
{
	uint64_t start = 0;

	raw_attach(r, RIG_A, V2);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, &start), 0);
	/* it exists now: any address in it names it */
	EXPECT(raw_remove(r, RIG_A, 0x1000), 0);
	EXPECT(raw_remove(r, RIG_A, 0), -EINVAL);
	rig_locked(r);
	rig_memory(r, RIG_VADDR, MODEL_2M, true);
	EXPECT(raw_register(r, RIG_A, RIG_VADDR, MODEL_2M), 0);
	EXPECT(raw_map(r, RIG_A, RIG_VADDR, 0, MODEL_4K), -ENXIO);
	EXPECT(raw_map(r, RIG_A, RIG_VADDR, start, MODEL_2M), 0);
}

static void
remove_in_no_window(struct rig *r)
{
	uint64_t start = 0;

	raw_attach(r, RIG_A, V2);
	EXPECT(raw_remove(r, RIG_A, MODEL_HIGH), -EINVAL);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, &start), 0);
	EXPECT(raw_remove(r, RIG_A, start + PAST_ANY_TABLE), -EINVAL);
	EXPECT(raw_remove(r, RIG_A, start - 1), -EINVAL);
	/* on bare metal a table of one page at least reaches farther than was asked */
	EXPECT(raw_remove(r, RIG_A, start + SMALL_WINDOW), r->machine->powernv ? 0 : -EINVAL);
}

static void
third_window_refused(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, NULL), 0);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, NULL), -ENOSPC);
	/* which is looked at before the page */
	EXPECT(raw_create(r, RIG_A, 13, SMALL_WINDOW, 1, NULL), -ENOSPC);
	rig_locked(r);
}

static void
page_not_offered(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	EXPECT(raw_create(r, RIG_A, 13, SMALL_WINDOW, 1, NULL), -EINVAL);
	EXPECT(raw_create(r, RIG_A, 40, UINT64_C(1) << 44, 1, NULL), -EINVAL);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, NULL), 0);
	rig_locked(r);
}

static void
size_no_power_of_two(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	EXPECT(raw_create(r, RIG_A, 21, 3 * MODEL_2M, 1, NULL), -EINVAL);
	rig_locked(r);
	EXPECT(raw_create(r, RIG_A, 16, SMALL_WINDOW + MODEL_64K, 1, NULL), -EINVAL);
	rig_locked(r);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, NULL), 0);
}

static void
create_with_levels(struct rig *r)
{
	raw_attach(r, RIG_A, V2);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 6, NULL), -EINVAL);
	if (r->machine->powernv) {
		EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 0, NULL), -EINVAL);
		rig_locked(r);
		EXPECT(raw_create(r, RIG_A, 16, SMALL_WINDOW << 4, 2, NULL), 0);
	} else {
		EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 2, NULL), -EINVAL);
		rig_locked(r);
		EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 0, NULL), 0);
	}
	rig_locked(r);
}

static void
table_above_one_block(struct rig *r)
{
	unsigned int n;

	raw_attach(r, RIG_A, V2);
	/* 2^24 entries of one level are 128 MiB, contiguous */
	EXPECT(raw_create(r, RIG_A, 12, UINT64_C(1) << 36, 1, NULL), -ENOMEM);
	rig_locked(r);
	for (n = 2; n <= 5; n++) {
		uint64_t start = MODEL_HIGH * 2;

		/* five levels, each of one page at least, reach beyond 55 bits */
		EXPECT(raw_create(r, RIG_A, 16, UINT64_C(1) << 40, n, &start), n < 5 ? 0 : -EINVAL);
		rig_locked(r);
		EXPECT(raw_remove(r, RIG_A, start), n < 5 ? 0 : -EINVAL);
	}
}

static void
two_dynamic_windows(struct rig *r)
{
	uint64_t a = 1, b = 1;

	raw_attach(r, RIG_A, V2);
	EXPECT(raw_remove(r, RIG_A, 0), 0);
	EXPECT(raw_create(r, RIG_A, 21, SMALL_WINDOW, 1, &a), 0);
	EXPECT(raw_create(r, RIG_A, 16, SMALL_WINDOW, 1, &b), 0);
	EXPECT_TRUE(a == 0 && b == MODEL_HIGH);
	EXPECT(raw_remove(r, RIG_A, a), 0);
	EXPECT(raw_create(r, RIG_A, 12, SMALL_WINDOW, 1, &a), 0);
	EXPECT_TRUE(a == 0);
	rig_locked(r);
}

/* What counts is the bit set, on bare metal whatever the hugepages are. */
static void
every_page_size(struct rig *r)
{
	const uint64_t pgsizes = r->machine->groups[RIG_A].cfg.pgsizes;
	unsigned int shift;
	uint64_t start;

	raw_attach(r, RIG_A, V2);
	for (shift = 16; shift <= 30; shift++) {
		if (!(pgsizes >> shift & 1))
			continue;
		start = 0;
		EXPECT(raw_create(r, RIG_A, shift, UINT64_C(64) << shift, 1, &start), 0);
		rig_locked(r);
		EXPECT(raw_remove(r, RIG_A, start), 0);
	}
}

static void
create_arguments(struct rig *r)
{
	struct vfio_iommu_spapr_tce_create create = {
		.argsz = sizeof(create), .page_shift = 21, .window_size = SMALL_WINDOW, .levels = 1
	};

	raw_attach(r, RIG_A, V2);
	create.flags = 1;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_TCE_CREATE, &create), -EINVAL);
	create.flags = 0;
	create.argsz = sizeof(create) - 1;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_TCE_CREATE, &create), -EINVAL);
	rig_locked(r); /* no default window yet */
	create.argsz = sizeof(create) + 8;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_TCE_CREATE, &create), 0);
}

static void
remove_arguments(struct rig *r)
{
	struct vfio_iommu_spapr_tce_remove rem = { .argsz = sizeof(rem) };

	raw_attach(r, RIG_A, V2);
	rem.flags = 1;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_TCE_REMOVE, &rem), -EINVAL);
	rem.flags = 0;
	rem.argsz = sizeof(rem) - 1;
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_TCE_REMOVE, &rem), -EINVAL);
	rem.argsz = sizeof(rem);
	EXPECT(raw_ioctl(r, RIG_A, VFIO_IOMMU_SPAPR_TCE_REMOVE, &rem), 0);
}

static void
window_with_mappings_is_removed(struct rig *r)
{
	uint64_t start = raw_ready(r, RIG_A);

	EXPECT(raw_map(r, RIG_A, RIG_VADDR, start, 4 * MODEL_2M), 0);
	EXPECT(raw_remove(r, RIG_A, start), 0);
	EXPECT(raw_unregister(r, RIG_A, RIG_VADDR, 4 * MODEL_2M), 0);
	rig_locked(r);
}

const struct scenario window_scenarios[] = {
	{ "create_beside_the_default_window", create_beside_the_default_window, 0 },
	{ "create_after_remove_0", create_after_remove_0, 0 },
	{ "remove_the_default_window_later", remove_the_default_window_later, SCENARIO_MISUSE },
	{ "remove_in_no_window", remove_in_no_window, 0 },
	{ "third_window_refused", third_window_refused, 0 },
	{ "page_not_offered", page_not_offered, 0 },
	{ "size_no_power_of_two", size_no_power_of_two, 0 },
	{ "create_with_levels", create_with_levels, 0 },
	{ "table_above_one_block", table_above_one_block, SCENARIO_POWERNV },
	{ "two_dynamic_windows", two_dynamic_windows, SCENARIO_POWERNV },
	{ "every_page_size", every_page_size, 0 },
	{ "create_arguments", create_arguments, 0 },
	{ "remove_arguments", remove_arguments, 0 },
	{ "window_with_mappings_is_removed", window_with_mappings_is_removed, 0 },
	{ NULL, NULL, 0 },
};
