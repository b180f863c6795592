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
test_message_names_unique_and_lower_case(void **state)
{
	const char *name;
	unsigned int i, j;

	(void)state;
	for (i = 0; i < DDW_MSG_COUNT; i++) {
		name = ddw_msg_name((enum ddw_msg)i);
		assert_non_null(name);
		assert_int_equal(strncmp(name, "DDW-", 4), 0);
		assert_int_equal(strspn(name, "DWabcdefghijklmnopqrstuvwxyz0123456789-"),
				 strlen(name));
		assert_true(strlen(name) > strlen("DDW-"));
		for (j = 0; j < i; j++)
			assert_string_not_equal(name, ddw_msg_name((enum ddw_msg)j));
	}
}

static void
test_each_message_has_why_and_fix(void **state)
{
	struct ddw_error e;
	unsigned int i;

	(void)state;
	for (i = 1; i < DDW_MSG_COUNT; i++) {
		ddw_fail(&e, (enum ddw_msg)i, EIO, "what");
		check_error(&e, -EIO, (enum ddw_msg)i);
		assert_true(strlen(e.why) < sizeof(e.why) - 1);
		assert_true(strlen(e.fix) < sizeof(e.fix) - 1);
	}
}

static char *
read_document(void)
{
	FILE *f = fopen(DDW_MESSAGES_RST, "rb");
	char *text;
	size_t n;

	if (f == NULL)
		fail_msg("%s: %s", DDW_MESSAGES_RST, strerror(errno));
	text = calloc(1, 1 << 20);
	assert_non_null(text);
	n = fread(text, 1, (1 << 20) - 1, f);
	assert_true(n > 0);
	fclose(f);
	return text;
}

/* A longer name that begins with this one does not count. */
static bool
mentions(const char *text, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = strstr(text, name); at != NULL; at = strstr(at + 1, name))
		if (strspn(at + len, "abcdefghijklmnopqrstuvwxyz0123456789-") == 0)
			return true;
	return false;
}

static void
test_each_message_documented(void **state)
{
	char *text = read_document();
	unsigned int i, missing = 0;

	(void)state;
	for (i = 1; i < DDW_MSG_COUNT; i++) {
		if (mentions(text, ddw_msg_name((enum ddw_msg)i)))
			continue;
		print_error("%s is not in %s\n", ddw_msg_name((enum ddw_msg)i), DDW_MESSAGES_RST);
		missing++;
	}
	free(text);
	assert_int_equal(missing, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message_names_unique_and_lower_case),
		cmocka_unit_test(test_each_message_has_why_and_fix),
		cmocka_unit_test(test_each_message_documented),
	};

	return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
