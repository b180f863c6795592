/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdarg.h>
#include <string.h>

#include "bench.h"
#include "commands.h"

#define NS_PER_S UINT64_C(1000000000)
/* Who waits for that long wants to know what for. */
#define TELL_NS (2 * NS_PER_S)

const struct bench_part bench_parts[BENCH_PARTS] = {
	[BENCH_WINDOWS] = { "windows", "create and remove dynamic windows", bench_windows },
	[BENCH_REGISTER] = { "register", "register and unregister memory", bench_register },
	[BENCH_MAP] = { "map", "map and unmap memory", bench_map },
	[BENCH_LOOKUP] = { "lookup", "find the bus address of mapped memory", bench_lookup },
	[BENCH_POOLS] = { "pools", "mempools of the handler ddw against ring_mp_mc", bench_pools },
};

void
bench_defaults(struct bench *b)
{
	b->host = bench_linux();
	b->options.repeat = BENCH_REPEAT;
	b->options.seconds = BENCH_SECONDS;
	b->options.memory = BENCH_MEMORY;
}

uint64_t
bench_clock(const struct bench *b)
{
	return b->host->sys->clock_ns(b->host->sys->ctx);
}

double
bench_us(const struct bench *b, uint64_t since)
{
	return (double)(bench_clock(b) - since) / 1000;
}

void
bench_add(struct bench *b, struct bench_row row, const double *values)
{
	row.part = b->current;
	row.f = figures_make(values, b->options.repeat);
	if (b->n_rows < BENCH_ROWS)
		b->rows[b->n_rows++] = row;
}

static struct bench_skip *
add_skip(struct bench *b, const char *what)
{
	/* The last place is for all that do not fit. */
	struct bench_skip *s = &b->skips[b->n_skips];

	if (b->n_skips < BENCH_SKIPS - 1)
		b->n_skips++;
	s->part = b->current;
	snprintf(s->what, sizeof(s->what), "%s", what);
	return s;
}

void
bench_skip(struct bench *b, const char *what, const char *fmt, ...)
{
	struct bench_skip *s = add_skip(b, what);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
}

void
bench_fail(struct bench *b, const char *what, const char *fmt, ...)
{
	struct bench_skip *s = add_skip(b, what);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
	b->failed = true;
	fprintf(stderr, "dpdk-test-ddw: bench %s: %s%s%s\n", b->current, what,
		what[0] != '\0' ? ": " : "", s->why);
}

void
bench_fail_ddw(struct bench *b, const char *what, const struct ddw_error *err)
{
	bench_fail(b, what, "%s: %s; why: %s; fix: %s", ddw_msg_name(err->msg), err->what, err->why,
		   err->fix);
}

bool
bench_next(struct bench *b, const char *fmt, ...)
{
	uint64_t now = bench_clock(b);
	char what[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (now - b->begin >= b->options.seconds * NS_PER_S) {
		bench_skip(b, what, "the time is up: %u s (--seconds)", b->options.seconds);
		return false;
	}
	if (now - b->told >= TELL_NS) {
		fprintf(stderr, "bench %s: %s (%.0f s)\n", b->current, what,
			(double)(now - b->begin) / NS_PER_S);
		b->told = now;
	}
	return true;
}

int
bench_run(struct bench *b)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < BENCH_PARTS; i++)
		all = all && !b->options.parts[i];
	b->begin = b->told = bench_clock(b);
	for (i = 0; i < BENCH_PARTS; i++) {
		if (!all && !b->options.parts[i])
			continue;
		b->current = bench_parts[i].name;
		bench_parts[i].run(b);
	}
	bench_memory_put(b);
	if (!b->failed && b->n_rows == 0)
		fprintf(stderr, "dpdk-test-ddw: bench: nothing could be measured: %s\n",
			b->skips[0].why);
	if (b->failed || b->n_rows == 0)
		return EXIT_FAIL;
	return b->n_skips > 0 ? EXIT_LIMIT : EXIT_FINE;
}
