/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/bench_autotest.h"
#include "bench/bench_command.h"
#include "doctor/doctor_command.h"
#include "plan/plan_command.h"
#include "prompt/prompt.h"
#include "selftest/selftest_command.h"

static const struct command commands[] = {
	{ "doctor", doctor_command,
	  "check whether DPDK will work on this machine, and if not, why" },
	{ "probe", plan_probe_command, "show what the kernel reports about the IOMMU groups" },
	{ "plan", plan_command,
	  "show the windows that the plugin would open, here or on a machine in a file" },
	{ "bench", bench_command, "measure what windows, mappings, lookups and pools cost here" },
	{ "selftest", selftest_command, "test windows, mappings and DMA on this machine" },
	{ NULL, NULL, NULL },
};

static const struct autotest *const tests[] = { selftest_autotests, bench_autotests, NULL };

static const struct prompt_menu menu = { commands, tests };

static void
usage(FILE *out)
{
	const struct command *c;

	fprintf(out, "usage: dpdk-test-ddw COMMAND [OPTIONS]\n"
		     "       dpdk-test-ddw [--device ADDRESS]... [--edu ADDRESS] [TEST...]\n\n");
	for (c = commands; c->name != NULL; c++)
		fprintf(out, "  %-8s %s\n", c->name, c->help);
	fprintf(out,
		"\n\"dpdk-test-ddw COMMAND --help\" shows the options of a command. Without a\n"
		"command or test it starts a prompt, where \"list\" shows the tests.\n");
}

/* Fail if the output could not be written. */
static int
flush_output(int status)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	fprintf(stderr, "dpdk-test-ddw: cannot write to standard output: %s\n", strerror(errno));
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	const struct command *c;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		usage(stdout);
		return flush_output(EXIT_FINE);
	}
	if (argc == 1 || argv[1][0] == '-' || prompt_knows(&menu, argv[1]))
		return flush_output(prompt_run(&menu, argc, argv));
	for (c = commands; c->name != NULL; c++)
		if (strcmp(argv[1], c->name) == 0)
			return flush_output(c->run(argc - 1, argv + 1));
	prompt_unknown(&menu, argv[1]);
	usage(stderr);
	return EXIT_USAGE;
}
