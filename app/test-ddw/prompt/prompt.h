/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PROMPT_H
#define PROMPT_H

/* Run tests and commands by name, at a prompt or from the command line. */

#include <stdbool.h>

#include "common/autotest.h"
#include "common/command.h"

/* Tests and commands that can be called. */
struct prompt_menu {
	const struct command *commands;
	const struct autotest *const *tests; /* tables, up to NULL */
};

/*
 * Run the tests named in argv and DPDK_TEST, up to the first failure; without any, start the
 * prompt. argv[0] is the name of the program. Returns the exit status.
 */
int prompt_run(const struct prompt_menu *from, int argc, char **argv);
/* Check if there is a test of that name. */
bool prompt_knows(const struct prompt_menu *from, const char *name);
/* Report an unknown command or test, and suggest a similar one. */
void prompt_unknown(const struct prompt_menu *from, const char *name);

#endif /* PROMPT_H */
