/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef COMMANDS_H
#define COMMANDS_H

/* The commands of dpdk-test-ddw; argv[0] is the name of the command. */

/* Exit status, see doc/guides/test_ddw.rst. */
enum {
	EXIT_FINE = 0,	/* fine */
	EXIT_LIMIT = 1, /* works with limits */
	EXIT_FAIL = 2,	/* will not work */
	EXIT_USAGE = 3, /* the command was used wrongly, or could not do its work */
};

int command_bench(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_plan(int argc, char **argv);
int command_probe(int argc, char **argv);

#endif /* COMMANDS_H */
