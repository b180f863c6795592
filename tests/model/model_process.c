/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Processes: who has which file open, and whose address space a container knows. */

#include <stdlib.h>

#include "model_internal.h"

/* An address space goes when nothing is charged to it and no container knows it any more. */
bool
model_process_used(const struct model *m, int process)
{
	const struct model_container *c;

	if ((m->alive >> process & 1) != 0 || m->locked[process] != m->lost_charge[process])
		return true;
	for (c = m->containers; c != NULL; c = c->next)
		if (c->mm == process)
			return true;
	return false;
}

int
model_spawn(struct model *m)
{
	int i;

	for (i = 0; i < MODEL_PROCESSES && model_process_used(m, i); i++)
		;
	if (i == MODEL_PROCESSES)
		abort();
	m->alive |= UINT64_C(1) << i;
	m->locked[i] = 0;
	m->lost_charge[i] = 0;
	return i;
}

int
model_fork(struct model *m)
{
	int child = model_spawn(m);
	unsigned int i;

	for (i = 0; i < MODEL_FDS; i++)
		if (m->fds[i].kind != MODEL_FD_NONE && (m->fds[i].holders >> m->current & 1) != 0)
			m->fds[i].holders |= UINT64_C(1) << child;
	return child;
}

void
model_switch(struct model *m, int process)
{
	if (process < 0 || process >= MODEL_PROCESSES || (m->alive >> process & 1) == 0)
		abort();
	m->current = process;
}

void
model_exit(struct model *m, int process)
{
	unsigned int i;

	for (i = 0; i < MODEL_FDS; i++)
		if (m->fds[i].kind != MODEL_FD_NONE && (m->fds[i].holders >> process & 1) != 0)
			model_drop_file(m, MODEL_FD_BASE + (int)i, process);
	m->alive &= ~(UINT64_C(1) << process);
}
