/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdio.h>
#include <string.h>

#include "doctor/check_dpdk.h"

#define PLUGIN "librte_bus_vfio_spapr.so"

static int
is_plugin(const char *name, void *arg)
{
	(void)arg;
	return strncmp(name, PLUGIN, strlen(PLUGIN)) == 0;
}

void
doctor_check_dpdk(struct doctor *d)
{
	struct finding *f;
	int ret;

	(void)doctor_finding_add(&d->findings, FINDING_FINE, "dpdk", "%s", d->dpdk);
	ret = d->sys->list_dir(d->sys->ctx, d->plugin_dir, is_plugin, NULL);
	if (ret > 0) {
		(void)doctor_finding_add(&d->findings, FINDING_FINE, "plugin", "%s/" PLUGIN,
					 d->plugin_dir);
		return;
	}
	f = doctor_finding_add(&d->findings, FINDING_LIMIT, "plugin", "not in %s%s", d->plugin_dir,
			       ret < 0 ? ", which cannot be read" : "");
	doctor_finding_why(f, "DPDK loads it automatically only from there");
	doctor_finding_fix(f, "meson install, or start applications with -d PATH/" PLUGIN);
}
