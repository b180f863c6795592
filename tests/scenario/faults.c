/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Every call of every scenario of libddw is made to fail in turn, with every errno
 * or positive value that the kernel may answer to it: once, twice in a row so that
 * what undoes the first failure fails as well, always from then on, and once
 * after it was carried out. Whatever fails: no device reaches memory that was given
 * back, the ledger is what the kernel has, the failure is told in words, and after
 * everything is closed nothing is left.
 *
 * One line "ok NAME" or "not ok NAME" per scenario and machine.
 */

#include <inttypes.h>
#include <stdlib.h>

#include "lib.h"
#include "scenarios.h"

static const struct {
	const char *name;
	unsigned int count;
	bool after;
} modes[] = {
	{ "once", 1, false },
	{ "twice", 2, false },
	{ "always", 0, false },
	{ "carried out", 1, true },
};

#define N_MODES (sizeof(modes) / sizeof(modes[0]))

static struct trace trace;
static uint64_t cases, injected;

static void
show_trace(void)
{
	char text[400];
	unsigned int i;

	for (i = 0; getenv("DDW_VERBOSE") != NULL && i < trace.n; i++)
		printf("# %u: %s\n", i, trace_text(&trace.records[i], text, sizeof(text)));
}

/* What could not be released while calls failed is released now. */
static void
finish(struct rig *r)
{
	struct rig_fault f = r->fault;

	r->fault.armed = false;
	if (r->as_child)
		rig_as_child(r, false);
	rig_check(r);
	if (f.serious != 0 && r->told == 0)
		rig_fail(r, "a failure was not told");
	if (r->space == NULL)
		return;
	(void)ddw_space_release(r->space, &r->err); /* a second try gets rid of the rest */
	(void)ddw_space_release(r->space, &r->err);
	rig_check(r);
	if (model_tces(r->model) != 0)
		rig_fail(r, "%" PRIu64 " TCEs after release", model_tces(r->model));
}

/* Returns what came of the fault. */
static struct rig_fault
play(const struct scenario *s, const struct rig_machine *mc, unsigned int mode, unsigned int nth,
     int which)
{
	struct rig *r = rig_new(mc, &trace, false);
	struct rig_fault f;

	r->fault = (struct rig_fault){
		.armed = true,
		.nth = nth,
		.count = modes[mode].count,
		.which = which,
		.after = modes[mode].after,
	};
	s->run(r);
	finish(r);
	f = r->fault;
	rig_end(r);
	cases += f.hits != 0;
	injected += f.hits;
	return f;
}

static bool
sweep_mode(const struct scenario *s, const struct rig_machine *mc, unsigned int mode)
{
	struct rig_fault f;
	unsigned int nth;
	int which;

	for (nth = 1;; nth++) {
		for (which = 0;; which++) {
			f = play(s, mc, mode, nth, which);
			if (trace.failures != 0) {
				printf("# call %u, errno %d of its list, %s: %s\n", nth, which,
				       modes[mode].name, trace.failure);
				show_trace();
				return false;
			}
			if (f.beyond || f.hits == 0)
				break;
		}
		if (!f.beyond)
			return true;
	}
}

static unsigned int
sweep(const struct rig_machine *mc, unsigned int *n)
{
	const char *only = getenv("DDW_ONLY");
	const struct scenario *s;
	unsigned int i, mode, failed = 0;
	bool good;

	for (i = 0; lib_lists[i] != NULL; i++) {
		for (s = lib_lists[i]; s->name != NULL; s++) {
			if (!scenario_fits(s, mc) || (only != NULL && strcmp(only, s->name) != 0))
				continue;
			good = true;
			for (mode = 0; mode < N_MODES; mode++)
				good = sweep_mode(s, mc, mode) && good;
			failed += !good;
			printf("%s %u - faults in %s on %s\n", good ? "ok" : "not ok", ++*n,
			       s->name, mc->name);
			fflush(stdout);
		}
	}
	return failed;
}

int
main(void)
{
	struct rig_machine mc;
	unsigned int n = 0, failed;

	rig_machine_pseries(&mc, 12);
	failed = sweep(&mc, &n);
	rig_machine_powernv(&mc);
	failed += sweep(&mc, &n);
	printf("# faults injected: %" PRIu64 " in %" PRIu64 " different runs\n", injected, cases);
	if (cases < 10000 && getenv("DDW_ONLY") == NULL)
		failed++;
	printf("1..%u\n", n);
	return failed != 0;
}
