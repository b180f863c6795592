/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdio.h>
#include <string.h>

#include "commands.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "doctor", command_doctor, "look at this machine: will DPDK work here, and if not, why" },
	{ "probe", command_probe, "what the kernel says of the IOMMU groups" },
	{ "plan", command_plan,
	  "the windows that the plugin would open, here or on a machine in a file" },
	{ "bench", command_bench, "what windows, mappings, lookups and pools cost here" },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *out)
{
	unsigned int i;

	fprintf(out, "usage: dpdk-test-ddw COMMAND [OPTIONS]\n\n");
	for (i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
	fprintf(out, "\n\"dpdk-test-ddw COMMAND --help\" tells the options of a command.\n");
}

int
main(int argc, char **argv)
{
	unsigned int i;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		usage(stdout);
		return EXIT_FINE;
	}
	for (i = 0; argc > 1 && i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (argc > 1)
		fprintf(stderr, "dpdk-test-ddw: there is no command \"%s\"\n", argv[1]);
	usage(stderr);
	return EXIT_USAGE;
}
