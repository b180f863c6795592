/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "base/record.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct record record; /* under the lock */

const struct record *
spapr_record_lock(void)
{
	(void)pthread_mutex_lock(&lock);
	return &record;
}

void
spapr_record_unlock(void)
{
	(void)pthread_mutex_unlock(&lock);
}

void
spapr_record_space(struct ddw_space *space)
{
	(void)pthread_mutex_lock(&lock);
	if (space != NULL)
		record.state = RECORD_STARTING;
	else if (record.state == RECORD_ACTIVE)
		record.state = RECORD_ENDED;
	record.space = space;
	(void)pthread_mutex_unlock(&lock);
}

void
spapr_record_active(void)
{
	(void)pthread_mutex_lock(&lock);
	record.state = RECORD_ACTIVE;
	(void)pthread_mutex_unlock(&lock);
}

/* Find by number, or by name when there is no group. Returns NULL when the table is full. */
static struct record_group *
find_or_add_group(int number, const char *name)
{
	struct record_group *g;
	unsigned int i;

	for (i = 0; i < record.n_groups; i++) {
		g = &record.groups[i];
		if (g->number == number && (number >= 0 || strcmp(g->name, name) == 0))
			return g;
	}
	if (record.n_groups == RTE_DIM(record.groups))
		return NULL;
	g = &record.groups[record.n_groups++];
	memset(g, 0, sizeof(*g));
	g->number = number;
	snprintf(g->name, sizeof(g->name), "%s", name);
	return g;
}

void
spapr_record_plan(const struct ddw_plan *plan)
{
	struct ddw_group_info info;
	struct record_group *g;
	unsigned int i;

	(void)pthread_mutex_lock(&lock);
	memcpy(record.fallback, plan->fallback, sizeof(record.fallback));
	for (i = 0; record.space != NULL && ddw_space_group(record.space, i, &info) == 0; i++) {
		g = find_or_add_group(info.number, info.name);
		if (g != NULL)
			memcpy(g->reason, plan->windows[i].reason, sizeof(g->reason));
	}
	(void)pthread_mutex_unlock(&lock);
}

void
spapr_record_refused(int number, const char *name, const struct ddw_error *err)
{
	struct record_group *g;

	(void)pthread_mutex_lock(&lock);
	g = find_or_add_group(number, name);
	if (g != NULL)
		g->error = *err;
	(void)pthread_mutex_unlock(&lock);
}

void
spapr_record_accepted(int number, const char *name)
{
	struct record_group *g;

	(void)pthread_mutex_lock(&lock);
	g = find_or_add_group(number, name);
	if (g != NULL)
		ddw_error_clear(&g->error);
	if (g != NULL && g->reason[0] == '\0')
		snprintf(g->reason, sizeof(g->reason),
			 "same as for the other groups; added at run time");
	(void)pthread_mutex_unlock(&lock);
}

void
spapr_record_failure(const struct ddw_error *err)
{
	(void)pthread_mutex_lock(&lock);
	record.state = RECORD_FAILED;
	record.failure = *err;
	(void)pthread_mutex_unlock(&lock);
}

void
spapr_record_message(const struct ddw_error *err)
{
	struct record_message *m;

	if ((unsigned int)err->msg >= DDW_MSG_COUNT)
		return;
	(void)pthread_mutex_lock(&lock);
	m = &record.messages[err->msg];
	m->count++;
	memcpy(m->what, err->what, sizeof(m->what));
	(void)pthread_mutex_unlock(&lock);
}
