/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

/* How often to check whether EAL is initialised and its answer can be replaced. */
#define RETRY_US 5000

/* First word of EAL's shared configuration once EAL is initialised. */
#define EAL_COMPLETE 19820526u

static struct {
	pthread_mutex_t lock; /* a thread of EAL answers */
	bool answering;
	enum vfio_codes codes;
} mp = { .lock = PTHREAD_MUTEX_INITIALIZER };

/*
 * Return the descriptor of a group that has its window. EAL would open any other group in
 * its own container, where no device works.
 */
static int
usable_group_fd(int number)
{
	struct ddw_group_info info;
	unsigned int i;

	for (i = 0; mp.answering && i < ddw_space_n_groups(spapr_ctx.space); i++)
		if (ddw_space_group(spapr_ctx.space, i, &info) == 0 && info.number == number &&
		    info.usable && ddw_space_group_alive(spapr_ctx.space, i))
			return spapr_vfio_group_fd(number);
	return -ENOENT;
}

/* Returns whether the descriptor must be closed after the reply is sent. */
static bool
fill_reply(const struct vfio_mp_layout *ask, struct vfio_mp_layout *reply, int *fd)
{
	enum vfio_request request = spapr_abi_vfio_request(ask->request, mp.codes);

	*fd = -1;
	*reply = (struct vfio_mp_layout){ .request = ask->request, .result = VFIO_MP_ERROR };
	switch (request) {
	case VFIO_REQUEST_GROUP:
		reply->value = ask->value;
		*fd = usable_group_fd(ask->value);
		reply->result = *fd == -ENOENT ? VFIO_MP_NO_FD : VFIO_MP_ERROR;
		break;
	case VFIO_REQUEST_CONTAINER:
	case VFIO_REQUEST_DEFAULT_CONTAINER:
		/* The secondary only keeps it: its groups are in containers already. */
		*fd = spapr_vfio_container_fd();
		if (mp.codes == VFIO_CODES_26_11)
			reply->value = VFIO_MP_BY_GROUPS;
		break;
	case VFIO_REQUEST_IOMMU_TYPE:
		reply->value = VFIO_SPAPR_TCE_v2_IOMMU;
		reply->result = VFIO_MP_OK;
		break;
	case VFIO_REQUEST_IOVA_MODE:
		reply->value = VFIO_MP_IOVA_VA;
		reply->result = VFIO_MP_OK;
		break;
	case VFIO_REQUEST_UNKNOWN:
		break;
	}
	if (*fd >= 0)
		reply->result = VFIO_MP_OK;
	return mp.codes == VFIO_CODES_FIRST && *fd >= 0 && request != VFIO_REQUEST_GROUP;
}

static int
on_request(const struct rte_mp_msg *msg, const void *peer)
{
	struct vfio_mp_layout ask, reply;
	struct rte_mp_msg out;
	bool temporary;
	int fd, ret;

	if (msg->len_param != (int)sizeof(ask))
		return -1;
	memcpy(&ask, msg->param, sizeof(ask));

	pthread_mutex_lock(&mp.lock);
	temporary = fill_reply(&ask, &reply, &fd);
	memset(&out, 0, sizeof(out));
	snprintf(out.name, sizeof(out.name), "%s", VFIO_MP_NAME);
	out.len_param = (int)sizeof(reply);
	memcpy(out.param, &reply, sizeof(reply));
	if (fd >= 0) {
		out.num_fds = 1;
		out.fds[0] = fd;
	}
	ret = rte_mp_reply(&out, peer);
	pthread_mutex_unlock(&mp.lock);
	if (temporary)
		close(fd);
	return ret;
}

static void
replace_answer(void)
{
	struct ddw_error err = { 0 };

	rte_mp_action_unregister(VFIO_MP_NAME);
	if (rte_mp_action_register(VFIO_MP_NAME, on_request) == 0)
		return;
	(void)ddw_fail(&err, DDW_MSG_NO_MEMORY, rte_errno,
		       "secondary processes cannot use the devices");
	spapr_report_error(&err);
}

/*
 * Return the address of EAL's shared configuration. Its file must not be opened here: the
 * first descriptor that is closed would drop EAL's lock on the file.
 */
static const volatile uint32_t *
find_eal_config(void)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/config", rte_eal_get_runtime_dir());
	return stat(path, &st) == 0 ? spapr_proc_maps_file(&st) : NULL;
}

/* Runs in EAL's interrupt thread. */
static void
replace_when_complete(void *arg)
{
	const volatile uint32_t *config = arg;

	if (*config == EAL_COMPLETE)
		replace_answer();
	else
		(void)rte_eal_alarm_set(RETRY_US, replace_when_complete, arg);
}

/*
 * 22.11 and 23.11 register their answer after the probe of the buses, and fail to start if
 * the name is taken by then. The shared configuration says when EAL is initialised;
 * secondary processes wait for that, too.
 */
void
spapr_mp_primary_start(void)
{
	const volatile uint32_t *config;

	mp.codes = spapr_vfio_codes();
	mp.answering = true;
	if (rte_mp_action_register(VFIO_MP_NAME, on_request) != 0) {
		if (rte_errno == EEXIST)
			replace_answer();
		/* Otherwise there are no secondary processes: --no-shconf, --in-memory. */
		return;
	}
	rte_mp_action_unregister(VFIO_MP_NAME);
	config = find_eal_config();
	if (config == NULL ||
	    rte_eal_alarm_set(RETRY_US, replace_when_complete, (void *)(uintptr_t)config))
		LOG(WARNING, "secondary processes cannot use the devices");
}

/* EAL removes the answer by its name. */
void
spapr_mp_primary_stop(void)
{
	(void)rte_eal_alarm_cancel(replace_when_complete, (void *)-1);
	pthread_mutex_lock(&mp.lock);
	mp.answering = false;
	pthread_mutex_unlock(&mp.lock);
}
