/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Parameters of the plugin: what is read, and what is refused with which message. */

#include <string.h>

#include "base/params.h"
#include "unit.h"

static struct params p;
static struct ddw_error err;

static int
parse(const char *text)
{
	memset(&p, 0, sizeof(p));
	ddw_error_clear(&err);
	return spapr_params_parse(text, "test", &p, &err);
}

static void
refused(const char *text, enum ddw_msg msg)
{
	assert_int_equal(parse(text), -22);
	assert_int_equal(err.err, -22);
	assert_int_equal(err.msg, msg);
	assert_non_null(strstr(err.what, "test"));
	assert_true(err.why[0] != '\0' && err.fix[0] != '\0');
	assert_int_equal(p.wishes.mode, DDW_MODE_AUTO);
	assert_true(p.wishes.page_size == 0 && p.wishes.window_size == 0);
}

static void
test_defaults_without_parameters(void **state)
{
	(void)state;
	assert_int_equal(parse(NULL), 0);
	assert_int_equal(parse(""), 0);
	assert_int_equal(p.wishes.mode, DDW_MODE_AUTO);
	assert_false(p.strict);
}

static void
test_all_parameters_parsed(void **state)
{
	(void)state;
	assert_int_equal(parse("mode=ddw,page_size=64K,window_size=2G,strict=1"), 0);
	assert_int_equal(p.wishes.mode, DDW_MODE_DDW);
	assert_true(p.wishes.page_size == UINT64_C(65536));
	assert_true(p.wishes.window_size == UINT64_C(2) << 30);
	assert_true(p.strict);
	assert_int_equal(parse("mode=off,strict=1"), 0);
	assert_true(p.off);
	assert_int_equal(p.wishes.mode, DDW_MODE_AUTO);
	assert_int_equal(spapr_params_parse("mode=auto,strict=0", "test", &p, &err), 0);
	assert_false(p.off);
	assert_int_equal(p.wishes.mode, DDW_MODE_AUTO);
	assert_false(p.strict);
}

static void
test_later_text_wins(void **state)
{
	(void)state;
	assert_int_equal(parse("mode=ddw,page_size=64K"), 0);
	assert_int_equal(spapr_params_parse("page_size=2M", "test", &p, &err), 0);
	assert_int_equal(p.wishes.mode, DDW_MODE_DDW);
	assert_true(p.wishes.page_size == UINT64_C(2) << 20);
}

static void
test_unknown_parameter_refused(void **state)
{
	(void)state;
	refused("colour=blue", DDW_MSG_PARAM_UNKNOWN);
	assert_non_null(strstr(err.what, "colour"));
	refused("mode=ddw,Mode=ddw", DDW_MSG_PARAM_UNKNOWN);
}

static void
test_bad_values_refused(void **state)
{
	static const char *const texts[] = {
		"mode=fast",	    "mode=",	       "page_size=3M",	   "page_size=2Mb",
		"page_size=-2M",    "page_size=2048B", "page_size=1K",	   "page_size=0",
		"window_size=1.5G", "window_size=abc", "window_size=16E1", "window_size=3G",
		"strict=2",	    "strict=yes",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refused(texts[i], DDW_MSG_PARAM_VALUE);
}

static void
test_text_without_list_refused(void **state)
{
	(void)state;
	refused("mode", DDW_MSG_PARAM_VALUE);
	refused("=ddw", DDW_MSG_PARAM_UNKNOWN);
}

/* "strict" says what an error leads to, so the error must not hide it. */
static void
test_strict_survives_an_error(void **state)
{
	(void)state;
	refused("mode=fast,strict=1", DDW_MSG_PARAM_VALUE);
	assert_true(p.strict);
	refused("colour=blue,strict=1", DDW_MSG_PARAM_UNKNOWN);
	assert_true(p.strict);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_without_parameters),
		cmocka_unit_test(test_all_parameters_parsed),
		cmocka_unit_test(test_later_text_wins),
		cmocka_unit_test(test_unknown_parameter_refused),
		cmocka_unit_test(test_bad_values_refused),
		cmocka_unit_test(test_text_without_list_refused),
		cmocka_unit_test(test_strict_survives_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
