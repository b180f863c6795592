/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <string.h>

#include "doctor/doctor_io.h"

static int
stop_at_first(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return 1;
}

bool
doctor_exists(const struct doctor *d, const char *path)
{
	char text[4096];

	return d->sys->list_dir(d->sys->ctx, path, stop_at_first, NULL) >= 0 ||
	       d->sys->read_file(d->sys->ctx, path, text, sizeof(text)) >= 0;
}

bool
doctor_read(const struct doctor *d, const char *path, char *text, size_t size)
{
	if (d->sys->read_file(d->sys->ctx, path, text, size) < 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	return true;
}
