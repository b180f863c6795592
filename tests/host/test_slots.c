/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Calls of other objects are redirected, and come back. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "slots.h"
#include "slots_objects.h"

static int (*const callers[])(int) = {
	slots_call_now,
	slots_call_lazy,
	slots_call_no_plt,
	slots_call_pointer,
};

static int
instead(int value)
{
	return slots_target(value) + 100;
}

static void
check_calls(int add)
{
	unsigned int i;

	for (i = 0; i < sizeof(callers) / sizeof(callers[0]); i++)
		if (callers[i](5) != 5 + add)
			fail_msg("caller %u: %d", i, callers[i](5));
}

static void
test_replace_and_restore(void **state)
{
	struct slots s = { 0 };
	unsigned int round;

	(void)state;
	check_calls(1);
	for (round = 0; round < 100; round++) {
		assert_int_equal(
			slots_replace(&s, "slots_target", (uintptr_t)instead, "slots_caller_now."),
			1);
		assert_true(s.n >= 4);
		check_calls(101);
		/* this object has kept the original */
		assert_int_equal(slots_target(1), 2);
		slots_restore(&s, (uintptr_t)instead, 0);
		assert_true(s.n == 0 && s.list == NULL);
		check_calls(1);
	}
}

/* Once is enough, and does no harm twice. */
static void
test_twice(void **state)
{
	struct slots s = { 0 };
	unsigned int n;

	(void)state;
	assert_true(slots_replace(&s, "slots_target", (uintptr_t)instead, "caller") >= 4);
	n = s.n;
	assert_int_equal(slots_replace(&s, "slots_target", (uintptr_t)instead, "caller"), 0);
	assert_int_equal(s.n, n);
	check_calls(101);
	slots_restore(&s, (uintptr_t)instead, 0);
	check_calls(1);
}

/* What somebody else has changed meanwhile is left to him. */
static void
test_changed_by_others(void **state)
{
	struct slots s = { 0 };

	(void)state;
	assert_true(slots_replace(&s, "slots_target", (uintptr_t)instead, "caller") >= 4);
	slots_restore(&s, (uintptr_t)check_calls, (uintptr_t)test_twice);
	check_calls(101);
	assert_true(slots_replace(&s, "slots_target", (uintptr_t)instead, "caller") == 0);
	/* back to a known state for the tests that follow */
	assert_int_equal(s.n, 0);
	slots_restore(&s, 0, 0);
}

static void
test_unknown(void **state)
{
	struct slots s = { 0 };

	(void)state;
	assert_int_equal(slots_replace(&s, "slots_no_such_function", (uintptr_t)instead, "caller"),
			 0);
	assert_int_equal(s.n, 0);
	slots_restore(&s, (uintptr_t)instead, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown), cmocka_unit_test(test_replace_and_restore),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_changed_by_others), /* last: it leaves them redirected */
	};

	return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
