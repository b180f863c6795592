/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <signal.h>
#include <unistd.h>

#include <sys/ptrace.h>
#include <sys/wait.h>

#include "bench_mempool.h"

/*
 * Counters of the CPU are missing in most virtual machines; single steps are
 * everywhere. Not on POWER: a load with reservation loses it with each step, so that
 * a loop around it never ends. There the lab's machine counts (-icount).
 */
#if defined(__x86_64__)

static _Noreturn void
run_traced(void (*fn)(void *arg), void *arg)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(1);
	raise(SIGSTOP);
	fn(arg);
	_exit(0);
}

/* One instruction more, up to the end; false when the child has not ended well. */
static bool
step_all(pid_t child, uint64_t *steps)
{
	int status;

	for (*steps = 0;; ++*steps) {
		if (waitpid(child, &status, 0) != child)
			return false;
		if (!WIFSTOPPED(status))
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) != 0)
			return false;
	}
}

uint64_t
steps_count(void (*fn)(void *arg), void *arg)
{
	uint64_t steps;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0)
		run_traced(fn, arg);
	if (child < 0 || !step_all(child, &steps))
		return 0;
	return steps;
}

#else

uint64_t
steps_count(void (*fn)(void *arg), void *arg)
{
	(void)fn;
	(void)arg;
	return 0;
}

#endif
