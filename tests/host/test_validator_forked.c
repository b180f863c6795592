/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* A child of fork() gets no more memory from EAL: devices would not reach it. */

#include <inttypes.h>

#include "base/context.h"
#include "base/report.h"
#include "memory/iova_reserve.h"
#include "memory/reclaim.h"
#include "memory/validator.h"
#include "scene.h"

#define SOCKET 0

struct context spapr_ctx;
int vfio_spapr_logtype;

static struct ddw_error reported;
static unsigned int n_begun;

/* Of base/report.c. */
void
spapr_report_error(const struct ddw_error *err)
{
	reported = *err;
}

void
spapr_report_veto(const struct ddw_error *err)
{
	reported = *err;
}

/* Of memory/iova_reserve.c and memory/reclaim.c. */
void
spapr_iova_reserve_drop(void)
{
}

void
spapr_iova_reserve_begin(int socket, uint64_t len)
{
	assert_int_equal(socket, SOCKET);
	assert_true(len != 0);
	n_begun++;
}

bool
spapr_iova_reserve_enabled(void)
{
	return true;
}

bool
spapr_iova_reserve_in_main(uint64_t page)
{
	return page != 0;
}

void
spapr_iova_reserve_report(const struct ddw_error *err, uint64_t more, uint64_t page)
{
	fail_msg("%s: %" PRIu64 " bytes in pages of %" PRIu64, err->what, more, page);
}

bool
spapr_reclaim(uint64_t bytes)
{
	assert_true(bytes != 0);
	return false;
}

static void
test_growth_vetoed_in_child_of_fork(void **state)
{
	struct scene *s = scene_ready();

	(void)state;
	spapr_ctx.space = s->space;
	spapr_ctx.sys = &s->sys;
	assert_int_equal(spapr_validator_check(SOCKET, 0, MODEL_2M), 0);
	assert_int_equal(n_begun, 1);
	model_switch(s->m, model_fork(s->m));
	assert_int_equal(spapr_validator_check(SOCKET, 0, MODEL_2M), -1);
	assert_int_equal(n_begun, 1);
	assert_int_equal(reported.msg, DDW_MSG_FORKED);
	model_switch(s->m, 0);
	assert_int_equal(spapr_validator_check(SOCKET, 0, MODEL_2M), 0);
	assert_int_equal(n_begun, 2);
	model_exit(s->m, 1);
	scene_end(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth_vetoed_in_child_of_fork),
	};

	return cmocka_run_group_tests_name("validator_forked", tests, NULL, NULL);
}
