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
test_fail_fills_error(void **state)
{
	struct ddw_error e;

	(void)state;
	memset(&e, 0x55, sizeof(e));
	assert_int_equal(ddw_fail(&e, DDW_MSG_GROUP_BUSY, EBUSY, "group %d", 3), -EBUSY);
	check_error(&e, -EBUSY, DDW_MSG_GROUP_BUSY);
	assert_string_equal(e.what, "group 3");
	assert_int_equal(ddw_fail(&e, DDW_MSG_MEMLOCK, -ENOMEM, "%s", "again"), -ENOMEM);
	check_error(&e, -ENOMEM, DDW_MSG_MEMLOCK);
	assert_string_equal(e.what, "again");
}

static void
test_fail_without_error_struct_returns_errno(void **state)
{
	(void)state;
	assert_int_equal(ddw_fail(NULL, DDW_MSG_GROUP_BUSY, EBUSY, "x"), -EBUSY);
	assert_int_equal(ddw_fail(NULL, DDW_MSG_GROUP_BUSY, -EBUSY, "x"), -EBUSY);
	ddw_error_why(NULL, "x");
	ddw_error_fix(NULL, "x");
	ddw_error_clear(NULL);
}

static void
test_long_texts_are_cut(void **state)
{
	struct ddw_error e;
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ddw_fail(&e, DDW_MSG_MAP_FAILED, EIO, "%s", text);
	ddw_error_why(&e, "%s", text);
	ddw_error_fix(&e, "%s", text);
	assert_int_equal(strlen(e.what), sizeof(e.what) - 1);
	assert_int_equal(strlen(e.why), sizeof(e.why) - 1);
	assert_int_equal(strlen(e.fix), sizeof(e.fix) - 1);
}

static void
test_why_and_fix_replace_general_texts(void **state)
{
	struct ddw_error e;

	(void)state;
	ddw_fail(&e, DDW_MSG_MAP_FAILED, EIO, "x");
	ddw_error_why(&e, "why %d", 1);
	ddw_error_fix(&e, "fix %d", 2);
	assert_string_equal(e.what, "x");
	assert_string_equal(e.why, "why 1");
	assert_string_equal(e.fix, "fix 2");
	assert_int_equal(e.err, -EIO);
	ddw_error_clear(&e);
	assert_int_equal(e.err, 0);
	assert_int_equal(e.msg, DDW_MSG_NONE);
	assert_int_equal(e.what[0] | e.why[0] | e.fix[0], 0);
}

static void
test_longest_error_fits_formatted_text(void **state)
{
	char text[DDW_ERROR_TEXT], part[1000];
	struct ddw_error e;

	(void)state;
	ddw_fail(&e, DDW_MSG_MAP_FAILED, EIO, "x");
	ddw_error_why(&e, "y");
	ddw_error_fix(&e, "z");
	assert_string_equal(ddw_error_format(&e, text), "DDW-map-failed: x; why: y; fix: z");
	/* The longest parts fit. */
	memset(part, 'x', sizeof(part) - 1);
	part[sizeof(part) - 1] = '\0';
	ddw_fail(&e, DDW_MSG_MAP_FAILED, EIO, "%s", part);
	ddw_error_why(&e, "%s", part);
	ddw_error_fix(&e, "%s!", part + 1 + sizeof(part) - sizeof(e.fix));
	assert_non_null(strchr(ddw_error_format(&e, text), '!'));
}

static void
test_unknown_message_named_none(void **state)
{
	struct ddw_error e;

	(void)state;
	assert_string_equal(ddw_msg_name(DDW_MSG_NONE), "DDW-none");
	assert_string_equal(ddw_msg_name(DDW_MSG_COUNT), "DDW-none");
	assert_string_equal(ddw_msg_name((enum ddw_msg) - 1), "DDW-none");
	assert_string_equal(ddw_msg_name((enum ddw_msg)100000), "DDW-none");
	assert_int_equal(ddw_fail(&e, (enum ddw_msg)100000, EIO, "x"), -EIO);
	assert_int_equal(e.err, -EIO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fail_fills_error),
		cmocka_unit_test(test_fail_without_error_struct_returns_errno),
		cmocka_unit_test(test_long_texts_are_cut),
		cmocka_unit_test(test_why_and_fix_replace_general_texts),
		cmocka_unit_test(test_longest_error_fits_formatted_text),
		cmocka_unit_test(test_unknown_message_named_none),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
