/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 *   scenarios                  all scenarios on the simulated kernel, for each machine
 *   scenarios real PCI...      each on the real kernel, then on the simulated one that
 *                              is like this machine; what both returned is compared
 *
 * One line "ok NAME" or "not ok NAME" per scenario and machine. The PCI addresses are
 * those of devices of the groups A, B, two that may be poisoned, and one without DDW.
 * DDW_ONLY in the environment names the only scenario to run, DDW_VERBOSE shows calls.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenarios.h"

#define SECONDS 60

static struct {
	unsigned int n, failed, compared, scenarios;
	struct trace *model, *real;
} run;

static void
tell(const struct scenario *s, const struct rig_machine *mc, const struct trace *t, bool good)
{
	run.n++;
	run.failed += !good;
	if (t->failure[0] != '\0' && !good)
		printf("# %s\n", t->failure);
	printf("%s %u - %s on %s\n", good ? "ok" : "not ok", run.n, s->name, mc->name);
	fflush(stdout);
}

static void
show(const char *title, const struct trace *t, unsigned int from, unsigned int to)
{
	char text[400];
	unsigned int i;

	for (i = from; i < to && i < t->n; i++)
		printf("# %s %u: %s\n", title, i, trace_text(&t->records[i], text, sizeof(text)));
}

static void
play(const struct scenario *s, const struct rig_machine *mc, struct trace *t, bool real)
{
	struct rig *r = rig_new(mc, t, real);

	if (!real && (s->flags & SCENARIO_MISUSE))
		model_permit(r->model);
	s->run(r);
	rig_check(r);
	rig_end(r);
}

/* In a process of its own: its locked memory, its memory and its rights are like new. */
static void
play_real(const struct scenario *s, const struct rig_machine *mc)
{
	int status = 0;
	pid_t child;

	memset(run.real, 0, sizeof(*run.real));
	fflush(stdout);
	child = fork();
	if (child == 0) {
		alarm(SECONDS);
		play(s, mc, run.real, true);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
		trace_fail(run.real, "the scenario ended with status 0x%x", (unsigned int)status);
}

static bool
one_kernel(const struct scenario *s, const struct rig_machine *mc)
{
	play(s, mc, run.model, false);
	if (getenv("DDW_VERBOSE") != NULL)
		show("model", run.model, 0, run.model->n);
	run.scenarios++;
	tell(s, mc, run.model, run.model->failures == 0);
	return run.model->failures == 0;
}

static bool
two_kernels(const struct scenario *s, const struct rig_machine *mc)
{
	int at;

	play_real(s, mc);
	if (run.real->failures != 0)
		printf("# on the real kernel: %s\n", run.real->failure);
	play(s, mc, run.model, false);
	at = trace_compare(run.real, run.model);
	if (getenv("DDW_VERBOSE") != NULL)
		show("real", run.real, 0, run.real->n);
	if (at >= 0) {
		unsigned int from = at > 2 ? (unsigned int)at - 2 : 0;

		show("real ", run.real, from, (unsigned int)at + 2);
		show("model", run.model, from, (unsigned int)at + 2);
	}
	run.compared += run.real->calls;
	run.scenarios++;
	tell(s, mc, run.model,
	     at < 0 && run.real->ended && run.real->failures == 0 && run.model->failures == 0);
	return at < 0;
}

static void
each(const struct rig_machine *mc,
     bool (*play_one)(const struct scenario *s, const struct rig_machine *mc))
{
	const char *only = getenv("DDW_ONLY");
	const struct scenario *s;
	unsigned int i;

	for (i = 0; scenario_lists[i] != NULL; i++)
		for (s = scenario_lists[i]; s->name != NULL; s++)
			if (scenario_fits(s, mc) && (only == NULL || strcmp(only, s->name) == 0))
				(void)play_one(s, mc); /* it is counted there */
}

static struct trace *
new_trace(void)
{
	void *p = mmap(NULL, sizeof(struct trace), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

int
main(int argc, char **argv)
{
	struct rig_machine mc;

	run.model = new_trace();
	run.real = new_trace();
	if (argc > 2 && strcmp(argv[1], "real") == 0) {
		if (rig_real_machine(&mc, argv + 2, argc - 2) != 0)
			return 2;
		each(&mc, two_kernels);
		printf("compared: machine=%s scenarios=%u calls=%u failed=%u\n", mc.name,
		       run.scenarios, run.compared, run.failed);
	} else {
		rig_machine_pseries(&mc, 12);
		each(&mc, one_kernel);
		rig_machine_pseries(&mc, 16);
		each(&mc, one_kernel);
		rig_machine_powernv(&mc);
		each(&mc, one_kernel);
	}
	printf("1..%u\n", run.n);
	return run.failed != 0;
}
