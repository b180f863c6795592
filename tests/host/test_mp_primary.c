/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Answers to secondary processes, by what their release means with its requests. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <linux/vfio.h>

#include <rte_alarm.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include "base/context.h"
#include "base/dpdk_abi.h"
#include "base/proc_maps.h"
#include "base/report.h"
#include "base/vfio_eal.h"
#include "mp/mp_primary.h"
#include "scene.h"

struct context spapr_ctx;
int vfio_spapr_logtype;

static enum vfio_codes codes;
static int container_fd;
static rte_mp_t action;
static struct rte_mp_msg answer;

/* Of base/vfio_eal.c. */
enum vfio_codes
spapr_vfio_codes(void)
{
	return codes;
}

int
spapr_vfio_container_fd(void)
{
	return container_fd;
}

int
spapr_vfio_group_fd(int number)
{
	return 600 + number;
}

/* Of base/report.c and base/proc_maps.c. */
void
spapr_report_error(const struct ddw_error *err)
{
	fail_msg("%s", err->what);
}

void *
spapr_proc_maps_file(const struct stat *st)
{
	(void)st;
	return NULL;
}

/* Of EAL, which has its own answer already. */
int
rte_mp_action_register(const char *name, rte_mp_t fn)
{
	static bool registered;

	assert_string_equal(name, VFIO_MP_NAME);
	registered = !registered;
	if (registered) {
		rte_errno = EEXIST;
		return -1;
	}
	action = fn;
	return 0;
}

void
rte_mp_action_unregister(const char *name)
{
	assert_string_equal(name, VFIO_MP_NAME);
}

int
rte_mp_reply(struct rte_mp_msg *msg, const char *peer)
{
	(void)peer;
	answer = *msg;
	return 0;
}

int
rte_eal_alarm_cancel(rte_eal_alarm_callback fn, void *arg)
{
	(void)fn;
	(void)arg;
	return 0;
}

/* Ask, and compare the answer. Without a descriptor fd is -1. */
static void
ask(int request, int value, int result, int answered, int fd)
{
	struct vfio_mp_layout question = { .request = request, .value = value }, got;
	struct rte_mp_msg msg = { .len_param = (int)sizeof(question) };

	memcpy(msg.param, &question, sizeof(question));
	assert_int_equal(action(&msg, "a secondary"), 0);
	assert_int_equal(answer.len_param, sizeof(got));
	memcpy(&got, answer.param, sizeof(got));
	assert_int_equal(got.request, request);
	assert_int_equal(got.result, result);
	assert_int_equal(got.value, answered);
	assert_int_equal(answer.num_fds, fd >= 0);
	if (fd >= 0)
		assert_int_equal(answer.fds[0], fd);
}

static void
start(enum vfio_codes meaning)
{
	codes = meaning;
	container_fd = open("/dev/null", O_RDONLY);
	assert_true(container_fd >= 0);
	spapr_mp_primary_start();
	assert_non_null(action);
}

static void
test_groups_with_windows_given_out(void **state)
{
	struct scene *s = scene_ready();
	enum vfio_codes i;

	(void)state;
	spapr_ctx.space = s->space;
	for (i = VFIO_CODES_FIRST; i <= VFIO_CODES_26_11; i++) {
		start(i);
		ask(0x200, 2, VFIO_MP_OK, 2, 602);
		ask(0x200, 3, VFIO_MP_NO_FD, 3, -1);
		ask(0x4000, 0, VFIO_MP_ERROR, 0, -1);
		close(container_fd);
	}
	scene_lose(s, 1);
	ask(0x200, 2, VFIO_MP_NO_FD, 2, -1);
	spapr_mp_primary_stop();
	ask(0x200, 1, VFIO_MP_NO_FD, 1, -1);
	scene_end(s);
}

static void
test_first_codes_answered(void **state)
{
	(void)state;
	start(VFIO_CODES_FIRST);
	ask(0x100, 0, VFIO_MP_OK, 0, container_fd);
	assert_int_equal(fcntl(container_fd, F_GETFD), -1); /* closed when it was sent */
	container_fd = -1;
	ask(0x400, 0, VFIO_MP_ERROR, 0, -1);
	ask(0x800, 0, VFIO_MP_OK, VFIO_SPAPR_TCE_v2_IOMMU, -1);
}

static void
test_second_codes_answered(void **state)
{
	(void)state;
	start(VFIO_CODES_SECOND);
	ask(0x100, 0, VFIO_MP_OK, 0, container_fd);
	assert_true(fcntl(container_fd, F_GETFD) >= 0);
	ask(0x400, 0, VFIO_MP_OK, VFIO_SPAPR_TCE_v2_IOMMU, -1);
	ask(0x800, 0, VFIO_MP_ERROR, 0, -1);
	close(container_fd);
}

static void
test_codes_of_26_11_answered(void **state)
{
	(void)state;
	start(VFIO_CODES_26_11);
	ask(0x100, 0, VFIO_MP_OK, 1, container_fd);
	assert_true(fcntl(container_fd, F_GETFD) >= 0);
	ask(0x400, 0, VFIO_MP_OK, VFIO_SPAPR_TCE_v2_IOMMU, -1);
	ask(0x800, 0, VFIO_MP_OK, 1, -1);
	ask(0x1000, 0, VFIO_MP_ERROR, 0, -1);
	ask(0x2000, 0, VFIO_MP_ERROR, 0, -1);
	close(container_fd);
}

static void
test_message_of_other_length_not_answered(void **state)
{
	struct rte_mp_msg msg = { .len_param = 8 };

	(void)state;
	start(VFIO_CODES_SECOND);
	memset(&answer, 0, sizeof(answer));
	assert_int_equal(action(&msg, "a secondary"), -1);
	assert_int_equal(answer.len_param, 0);
	close(container_fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups_with_windows_given_out),
		cmocka_unit_test(test_first_codes_answered),
		cmocka_unit_test(test_second_codes_answered),
		cmocka_unit_test(test_codes_of_26_11_answered),
		cmocka_unit_test(test_message_of_other_length_not_answered),
	};

	return cmocka_run_group_tests_name("mp_primary", tests, NULL, NULL);
}
