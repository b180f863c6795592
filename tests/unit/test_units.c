/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

static void
test_checked_arithmetic_detects_overflow(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_true(ddw_add(1, 2, &v));
	assert_int_equal(v, 3);
	assert_true(ddw_add(UINT64_MAX, 0, &v));
	assert_false(ddw_add(UINT64_MAX, 1, &v));
	assert_true(ddw_mul(UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1, &v));
	assert_false(ddw_mul(UINT64_C(1) << 32, UINT64_C(1) << 32, &v));
}

static void
test_powers_of_two_recognized(void **state)
{
	unsigned int i;

	(void)state;
	assert_false(ddw_is_pow2(0));
	assert_false(ddw_is_pow2(3));
	assert_false(ddw_is_pow2(UINT64_MAX));
	for (i = 0; i < 64; i++) {
		assert_true(ddw_is_pow2(UINT64_C(1) << i));
		assert_int_equal(ddw_log2(UINT64_C(1) << i), i);
		assert_int_equal(ddw_log2(UINT64_MAX >> (63 - i)), i);
		assert_true(ddw_next_pow2(UINT64_C(1) << i) == UINT64_C(1) << i);
		if (i > 1)
			assert_true(ddw_next_pow2((UINT64_C(1) << i) - 1) == UINT64_C(1) << i);
	}
	assert_int_equal(ddw_next_pow2(0), 1);
	assert_int_equal(ddw_next_pow2(5), 8);
	assert_int_equal(ddw_next_pow2((UINT64_C(1) << 63) + 1), 0);
	assert_int_equal(ddw_next_pow2(UINT64_MAX), 0);
}

static void
test_align_up_detects_overflow(void **state)
{
	uint64_t v = 0;

	(void)state;
	assert_true(ddw_is_aligned(0, 4096));
	assert_true(ddw_is_aligned(8192, 4096));
	assert_false(ddw_is_aligned(4097, 4096));
	assert_true(ddw_align_up(0, 4096, &v));
	assert_int_equal(v, 0);
	assert_true(ddw_align_up(1, 4096, &v));
	assert_int_equal(v, 4096);
	assert_true(ddw_align_up(4096, 4096, &v));
	assert_int_equal(v, 4096);
	assert_true(ddw_align_up(UINT64_MAX - 4095, 4096, &v));
	assert_true(v == UINT64_MAX - 4095);
	assert_false(ddw_align_up(UINT64_MAX - 4094, 4096, &v));
	assert_false(ddw_align_up(1, 0, &v));
	assert_false(ddw_align_up(1, 3, &v));
}

static void
test_parse_size(void **state)
{
	static const struct {
		const char *text;
		int ret;
		uint64_t size;
	} cases[] = {
		{ "1", 0, 1 },
		{ "65536", 0, 65536 },
		{ "64K", 0, 65536 },
		{ "64k", 0, 65536 },
		{ "1e", 0, UINT64_C(1) << 60 },
		{ "2M", 0, UINT64_C(1) << 21 },
		{ "1G", 0, UINT64_C(1) << 30 },
		{ "64T", 0, UINT64_C(1) << 46 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "16777215T", 0, UINT64_C(16777215) << 40 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "99999999999999999999999", -ERANGE, 0 },
		{ "16777216T", -ERANGE, 0 },
		{ NULL, -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "0", -EINVAL, 0 },
		{ "0K", -EINVAL, 0 },
		{ "K", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1 K", -EINVAL, 0 },
		{ "1.5G", -EINVAL, 0 },
		{ "1KB", -EINVAL, 0 },
		{ "1KK", -EINVAL, 0 },
		{ "1X", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1\n", -EINVAL, 0 },
	};
	uint64_t size;
	unsigned int i;
	int ret;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size = 0;
		ret = ddw_parse_size(cases[i].text, &size);
		if (ret != cases[i].ret || (ret == 0 && size != cases[i].size))
			fail_msg("\"%s\": %d, %" PRIu64, cases[i].text ? cases[i].text : "NULL",
				 ret, size);
	}
}

static void
test_format_size(void **state)
{
	static const struct {
		uint64_t size;
		const char *text;
	} cases[] = {
		{ 1, "1" },
		{ 1023, "1023" },
		{ 1025, "1025" },
		{ 4096, "4K" },
		{ 65536, "64K" },
		{ 3 << 20, "3M" },
		{ UINT64_C(1) << 30, "1G" },
		{ UINT64_C(64) << 40, "64T" },
		{ (UINT64_C(1) << 30) + 1024, "1048577K" },
		{ UINT64_MAX, "18446744073709551615" },
	};
	char buf[DDW_SIZE_TEXT];
	uint64_t back;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(ddw_format_size(cases[i].size, buf), cases[i].text);
		assert_int_equal(ddw_parse_size(buf, &back), 0);
		assert_true(back == cases[i].size);
	}
	assert_string_equal(ddw_format_size(0, buf), "0");
}

static void
test_format_pgsizes(void **state)
{
	char buf[64], small[6] = "xxxxx";

	(void)state;
	assert_string_equal(ddw_format_pgsizes(0, buf, sizeof(buf)), "none");
	assert_string_equal(ddw_format_pgsizes(MODEL_4K, buf, sizeof(buf)), "4K");
	assert_string_equal(ddw_format_pgsizes(MODEL_4K | MODEL_64K | MODEL_2M, buf, sizeof(buf)),
			    "4K 64K 2M");
	assert_ptr_equal(ddw_format_pgsizes(MODEL_4K | MODEL_64K, small, 5), small);
	assert_int_equal(strlen(small), 4);
	assert_int_equal(strncmp(small, "4K 64K", 4), 0);
	small[0] = 'y';
	ddw_format_pgsizes(MODEL_4K, small, 0);
	assert_int_equal(small[0], 'y');
	ddw_format_pgsizes(MODEL_4K, small, 1);
	assert_int_equal(small[0], '\0');
	ddw_format_pgsizes(UINT64_MAX, buf, sizeof(buf));
	assert_int_equal(strlen(buf), sizeof(buf) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checked_arithmetic_detects_overflow),
		cmocka_unit_test(test_powers_of_two_recognized),
		cmocka_unit_test(test_align_up_detects_overflow),
		cmocka_unit_test(test_parse_size),
		cmocka_unit_test(test_format_size),
		cmocka_unit_test(test_format_pgsizes),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
