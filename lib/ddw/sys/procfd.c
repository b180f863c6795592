/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Find the process that has a file open. */

#include <stdio.h>
#include <string.h>

#include "sys/procfd.h"

struct search {
	const struct ddw_sys *sys;
	const char *file;
	char pid[17];
};

static int
fd_is_file(const char *fd, void *arg)
{
	const struct search *s = arg;
	char path[128], target[128];

	snprintf(path, sizeof(path), "/proc/%s/fd/%.16s", s->pid, fd);
	if (s->sys->read_link(s->sys->ctx, path, target, sizeof(target)) < 0)
		return 0; /* closed meanwhile, or of another user */
	return strcmp(target, s->file) == 0;
}

/* Called for each entry of /proc; ends the search with 1 at the owner. */
static int
process_has_file(const char *pid, void *arg)
{
	struct search *s = arg;
	char path[64];

	if (*pid < '1' || *pid > '9')
		return 0;
	snprintf(s->pid, sizeof(s->pid), "%.16s", pid);
	snprintf(path, sizeof(path), "/proc/%s/fd", s->pid);
	return s->sys->list_dir(s->sys->ctx, path, fd_is_file, s) == 1;
}

int
ddw_file_owner(const struct ddw_sys *sys, const char *file, char *text, size_t len)
{
	struct search s = { .sys = sys, .file = file };
	char path[64], comm[64];

	if (sys->list_dir(sys->ctx, "/proc", process_has_file, &s) != 1)
		return 0;
	snprintf(path, sizeof(path), "/proc/%s/comm", s.pid);
	if (sys->read_file(sys->ctx, path, comm, sizeof(comm)) <= 0)
		snprintf(comm, sizeof(comm), "unknown");
	comm[strcspn(comm, "\n")] = '\0';
	snprintf(text, len, "process %s (%s)", s.pid, comm);
	return 1;
}
