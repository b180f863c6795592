/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftest/selftest_dma.h"

/*
 * DMA by a real device, QEMU's edu. Data goes to it and comes back; what it writes where
 * nothing is mapped must change no memory. Each test goes on where the last one ended.
 *
 * Real POWER hardware stops a device that leaves its windows, and its group with it (EEH).
 * This device exists in QEMU only, which drops such a transfer.
 */

/* Size of the watched memory, and the area in it that the device may reach. */
#define WATCHED	  (UINT64_C(1) << 18)
#define AREA	  (UINT64_C(1) << 16)
#define AREA_SIZE (UINT64_C(1) << 16)

/* Two arbitrary bus addresses. */
#define SOMEWHERE      UINT64_C(0x100000)
#define SOMEWHERE_ELSE UINT64_C(0x8000000)

static uint8_t expected[WATCHED]; /* the content of the memory */
static uint64_t area_iova;

static uint8_t *
memory_bytes(const struct selftest *t)
{
	return (uint8_t *)(uintptr_t)t->vaddr;
}

/*
 * Write a pattern in which stray data is visible: no byte is 0, as the memory of the device
 * may be, and no two pages are equal.
 */
static void
fill_pattern(uint8_t *to, uint64_t len)
{
	uint64_t i;

	for (i = 0; i < len; i++)
		to[i] = (uint8_t)((i * 7 + (i >> 8) * 13 + (i >> 16) * 28) | 1);
}

static int
check_memory(struct selftest *t, const char *after, uint64_t iova)
{
	uint64_t i;

	/* the device has written behind the compiler's back */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (memcmp(memory_bytes(t), expected, WATCHED) == 0)
		return 0;
	for (i = 0; memory_bytes(t)[i] == expected[i];)
		i++;
	return selftest_fail(
		t, "after %s 0x%" PRIx64 " the memory at byte %" PRIu64 " is 0x%02x, not 0x%02x",
		after, iova, i, memory_bytes(t)[i], expected[i]);
}

static int
check_engine(struct selftest *t, int ret)
{
	return ret == 0 ? 0 : selftest_fail(t, "the DMA engine: %s", strerror(-ret));
}

/* Let the device write to an address where it must not reach memory. */
static int
stray_write(struct selftest *t, uint64_t iova, uint64_t len)
{
	int ret = check_engine(t, selftest_edu_write(&t->device, iova, 0, len));

	return ret == 0 ? check_memory(t, "a transfer to", iova) : ret;
}

/* Attach without windows: the device must reach no memory. */
static int
test_no_window(struct selftest *t, unsigned int arg)
{
	int ret;

	(void)arg;
	if (t->edu[0] == '\0')
		return selftest_unsupported(t, "no edu device (QEMU) is bound to vfio-pci");
	ret = selftest_memory(t, 1, false);
	if (ret != 0)
		return ret;
	fill_pattern(expected, WATCHED);
	memcpy(memory_bytes(t), expected, WATCHED);
	t->edu_run = true;
	ret = selftest_attach(t);
	if (ret != 0)
		return ret;
	for (unsigned int i = 0; i < t->n_groups; i++)
		if (t->groups[i].files.group >= 0)
			ret = selftest_edu_open(&t->device, t->host->edu, t->host->ctx,
						t->groups[i].files.group, t->edu);
	if (ret != 0)
		return selftest_fail(t, "%s cannot be opened: %s", t->edu, strerror(-ret));
	ret = stray_write(t, SOMEWHERE, EDU_BUFFER_SIZE);
	return ret == 0 ? stray_write(t, SOMEWHERE_ELSE, EDU_BUFFER_SIZE) : ret;
}

/* Open windows, and map an area in the default one, within reach of the device. */
static int
map_area(struct selftest *t)
{
	struct ddw_mapping m = { .vaddr = t->vaddr + AREA,
				 .len = AREA_SIZE,
				 .page_size = AREA_SIZE,
				 .flags = DDW_MAP_DEFAULT_WINDOW,
				 .limit = EDU_REACH };
	struct ddw_group_info g = { .number = -1 };
	struct ddw_error err = { 0 };
	int ret;

	(void)ddw_space_group(t->space, 0, &g); /* it was attached just before */
	/* a slot with a single window has a dynamic one instead of its default one */
	ret = selftest_open(t,
			    g.caps.max_windows == 1 || g.caps.max_windows == UINT32_MAX || g.caps.v1
				    ? DDW_MODE_DMA32
				    : DDW_MODE_DDW,
			    0, 0);
	if (ret != 0)
		return ret;
	if (ddw_space_map_memory(t->space, &m, &err) != 0)
		return selftest_fail_error(t, "ddw_space_map_memory", &err);
	area_iova = m.iova;
	return 0;
}

/* Copy data to the device and back to another place. Nothing else may change. */
static int
copy_by_device(struct selftest *t, uint64_t from, uint64_t to, uint64_t len)
{
	int ret = check_engine(t, selftest_edu_read(&t->device, area_iova + from, 0, len));

	if (ret == 0)
		ret = check_engine(t, selftest_edu_write(&t->device, area_iova + to, 0, len));
	memmove(&expected[AREA + to], &expected[AREA + from], len);
	return ret == 0 ? check_memory(t, "a transfer to", area_iova + to) : ret;
}

static int
test_data(struct selftest *t, unsigned int arg)
{
	/* inside a page, over its end, whole pages, single bytes */
	static const struct {
		uint64_t from, to, len;
	} copies[] = {
		{ 0, 0x8000, 4096 },	  { 0x1000, 0x9ff0, 32 }, { 0x2345, 0xa001, 1 },
		{ 0x3ff8, 0xb7f9, 4095 }, { 0xf000, 0, 4096 },
	};
	uint64_t bytes = 0;
	unsigned int i;
	int ret = map_area(t);

	(void)arg;
	for (i = 0; ret == 0 && i < sizeof(copies) / sizeof(copies[0]); i++) {
		ret = copy_by_device(t, copies[i].from, copies[i].to, copies[i].len);
		bytes += 2 * copies[i].len;
	}
	if (ret == 0)
		snprintf(t->message, sizeof(t->message),
			 "%" PRIu64 " bytes at 0x%" PRIx64 " in the default window", bytes,
			 area_iova);
	return ret;
}

/* Let the device read an address, and write what it got to the start of the area. */
static int
stray_read(struct selftest *t, uint64_t iova)
{
	uint8_t *seen = &memory_bytes(t)[AREA];
	int ret = check_engine(t, selftest_edu_read(&t->device, iova, 0, EDU_BUFFER_SIZE));
	bool same;

	if (ret == 0)
		ret = check_engine(t,
				   selftest_edu_write(&t->device, area_iova, 0, EDU_BUFFER_SIZE));
	if (ret != 0)
		return ret;
	same = memcmp(seen, seen + 1, EDU_BUFFER_SIZE - 1) == 0;
	snprintf(t->message, sizeof(t->message), "the device read %s 0x%02x at 0x%" PRIx64,
		 same ? "all" : "a value other than", seen[0], iova);
	memcpy(&expected[AREA], seen, EDU_BUFFER_SIZE);
	return check_memory(t, "a transfer to", area_iova);
}

/* Access the unmapped bytes beside the area in the default window. */
static int
test_unmapped(struct selftest *t, unsigned int arg)
{
	uint64_t behind = area_iova + AREA_SIZE;
	int ret = 0;

	(void)arg;
	if (area_iova >= EDU_BUFFER_SIZE)
		ret = stray_write(t, area_iova - EDU_BUFFER_SIZE, EDU_BUFFER_SIZE);
	if (ret == 0)
		ret = stray_write(t, behind, EDU_BUFFER_SIZE);
	return ret == 0 ? stray_read(t, behind) : ret;
}

/* Access an address within reach of the device, but outside all windows. */
static int
test_outside(struct selftest *t, unsigned int arg)
{
	struct ddw_window_info w;
	char text[DDW_SIZE_TEXT];

	(void)arg;
	if (ddw_space_window(t->space, DDW_RANGE_SMALL, &w) != 0 &&
	    ddw_space_window(t->space, DDW_RANGE_MAIN, &w) != 0)
		return selftest_fail(t, "there is no default window");
	if (w.start + w.size >= EDU_REACH)
		return selftest_unsupported(t,
					    "the default window of %s has all that the device "
					    "reaches",
					    ddw_format_size(w.size, text));
	return stray_write(t, EDU_REACH - EDU_BUFFER_SIZE, EDU_BUFFER_SIZE);
}

static int
test_after_unmap(struct selftest *t, unsigned int arg)
{
	struct ddw_error err = { 0 };
	int ret = copy_by_device(t, 0x4000, 0xc000, EDU_BUFFER_SIZE);

	(void)arg;
	if (ret != 0)
		return ret;
	if (ddw_space_unmap(t->space, t->vaddr + AREA, AREA_SIZE, NULL, &err) != 0)
		return selftest_fail_error(t, "ddw_space_unmap", &err);
	return stray_write(t, area_iova, EDU_BUFFER_SIZE);
}

const struct selftest_suite selftest_dma_edu = {
	"dma_edu",
	"DMA by QEMU's edu device: data in both directions, and accesses that must fail",
	(const struct selftest_case[]){
		{ "no_window", test_no_window, 0 },
		{ "data", test_data, 0 },
		{ "unmapped", test_unmapped, 0 },
		{ "outside", test_outside, 0 },
		{ "after_unmap", test_after_unmap, 0 },
		{ NULL, NULL, 0 },
	},
	true,
};
