/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef COMMAND_H
#define COMMAND_H

/* A command of dpdk-test-ddw. */

/* Exit status, see doc/guides/test_ddw.rst. */
enum {
	EXIT_FINE = 0,	/* fine */
	EXIT_LIMIT = 1, /* works with limits */
	EXIT_FAIL = 2,	/* will not work */
	EXIT_USAGE = 3, /* usage error, or the command could not do its work */
};

/* A table of them ends with one whose name is NULL; argv[0] is the name of the command. */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

#endif /* COMMAND_H */
