/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/utsname.h>

#include <rte_config.h>
#include <rte_version.h>

#include "common/command.h"
#include "doctor/doctor.h"
#include "doctor/doctor_command.h"

static int
usage(FILE *out, int status)
{
	fprintf(out, "usage: dpdk-test-ddw doctor [--json]\n\n"
		     "Checks this machine and changes nothing. Exit status: 0 fine, 1 works with\n"
		     "limits, 2 will not work, 3 usage error.\n");
	return status;
}

int
doctor_command(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct doctor d = { .sys = ddw_sys_linux(),
			    .dpdk = rte_version(),
			    .plugin_dir = PLUGIN_DIR };
	struct utsname uts;
	bool json = false;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == 'h')
			return usage(stdout, EXIT_FINE);
		if (opt != 'j')
			return usage(stderr, EXIT_USAGE);
		json = true;
	}
	if (optind < argc) {
		fprintf(stderr, "dpdk-test-ddw: doctor takes no \"%s\"\n", argv[optind]);
		return usage(stderr, EXIT_USAGE);
	}
	(void)uname(&uts); /* fails for a bad pointer only */
	d.arch = uts.machine;
	d.release = uts.release;
	doctor_run(&d);
	status = (int)doctor_findings_worst(&d.findings);
	if (json && doctor_findings_print_json(&d.findings, stdout) != 0) {
		fprintf(stderr, "dpdk-test-ddw: out of memory\n");
		status = EXIT_USAGE;
	} else if (!json) {
		doctor_findings_print(&d.findings, stdout);
	}
	doctor_findings_free(&d.findings);
	return status;
}
