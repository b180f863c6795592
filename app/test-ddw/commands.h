/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdbool.h>

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
int command_selftest(int argc, char **argv);

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

/* All of them; they end with one whose name is NULL. */
extern const struct command commands[];

/*
 * Tests by name: those in argv and in DPDK_TEST one after the other, up to the first that
 * fails; without any, the prompt. argv[0] is the name of the program.
 */
int prompt(int argc, char **argv);
/* Is there a test of that name? */
bool prompt_knows(const char *name);
/* Say that there is no such command or test, and which one is close. */
void prompt_unknown(const char *name);

#endif /* COMMANDS_H */
