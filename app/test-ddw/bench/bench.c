/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdarg.h>
#include <stdio.h>

#include "bench/bench.h"

#define NS_PER_S UINT64_C(1000000000)
/* Report progress at most that often. */
#define TELL_NS (2 * NS_PER_S)

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
	row.f = measure_figures(values, b->options.repeat);
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
	char text[DDW_ERROR_TEXT];

	bench_fail(b, what, "%s", ddw_error_format(err, text));
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
		bench_skip(b, what, "the time limit was reached: %u s (--seconds)",
			   b->options.seconds);
		return false;
	}
	if (now - b->told >= TELL_NS) {
		fprintf(stderr, "bench %s: %s (%.0f s)\n", b->current, what,
			(double)(now - b->begin) / NS_PER_S);
		b->told = now;
	}
	return true;
}
