/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PROMPT_H
#define PROMPT_H

/* Tests and commands by name, at a prompt or one after the other. */

#include <stdbool.h>

#include "common/autotest.h"
#include "common/command.h"

/* What can be called. */
struct prompt_menu {
	const struct command *commands;
	const struct autotest *const *tests; /* tables, up to NULL */
};

/*
 * Tests by name: those in argv and in DPDK_TEST one after the other, up to the first that
 * fails; without any, the prompt. argv[0] is the name of the program.
 */
int prompt_run(const struct prompt_menu *from, int argc, char **argv);
/* Is there a test of that name? */
bool prompt_knows(const struct prompt_menu *from, const char *name);
/* Say that there is no such command or test, and which one is close. */
void prompt_unknown(const struct prompt_menu *from, const char *name);

#endif /* PROMPT_H */
