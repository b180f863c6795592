/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench/bench_report.h"

static void append_detail(char *text, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Append one detail to a text. */
static void
append_detail(char *text, size_t size, const char *fmt, ...)
{
	size_t used = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + used, size - used, fmt, ap);
	va_end(ap);
}

static const char *
row_details(const struct bench_row *r, char *text, size_t size)
{
	char bytes[DDW_SIZE_TEXT];

	text[0] = '\0';
	if (r->handler != NULL)
		append_detail(text, size, ", %s", r->handler);
	if (r->handler != NULL)
		append_detail(text, size, ", cache %u", r->cache);
	if (r->bulk != 0)
		append_detail(text, size, ", bulk %u", r->bulk);
	if (r->window != 0)
		append_detail(text, size, ", window %s", ddw_format_size(r->window, bytes));
	if (r->memory != 0)
		append_detail(text, size, ", memory %s", ddw_format_size(r->memory, bytes));
	if (r->page != 0)
		append_detail(text, size, ", pages %s", ddw_format_size(r->page, bytes));
	if (r->calls > 1)
		append_detail(text, size, ", %u calls", r->calls);
	return text[0] == '\0' ? text : text + 2;
}

static void
print_row(const struct bench_row *r, FILE *out)
{
	char text[160];

	fprintf(out, "  %-10s %-44s %5u %12.2f %12.2f %12.2f %s\n", r->name,
		row_details(r, text, sizeof(text)), r->f.n, r->f.min, r->f.median, r->f.max,
		r->unit);
}

void
bench_print(const struct bench *b, FILE *out)
{
	const char *part = "";
	unsigned int i;

	for (i = 0; i < b->n_rows; i++) {
		if (strcmp(part, b->rows[i].part) != 0) {
			part = b->rows[i].part;
			fprintf(out, "%s%-12s %-44s %5s %12s %12s %12s\n", i > 0 ? "\n" : "", part,
				"", "n", "min", "median", "max");
		}
		print_row(&b->rows[i], out);
	}
	for (i = 0; i < b->n_skips; i++)
		fprintf(out, "%snot measured: %s%s%s: %s\n", i == 0 && b->n_rows > 0 ? "\n" : "",
			b->skips[i].part, b->skips[i].what[0] != '\0' ? ", " : "", b->skips[i].what,
			b->skips[i].why);
}

/* Set a number in a JSON object, except 0, which means "does not apply". */
static void
set_unless_0(json_t *object, const char *key, uint64_t value)
{
	if (value != 0)
		(void)json_object_set_new(object, key, json_integer((json_int_t)value));
}

static json_t *
row_json(const struct bench_row *r)
{
	json_t *row = json_pack("{s:s, s:s, s:s, s:i, s:f, s:f, s:f}", "part", r->part, "name",
				r->name, "unit", r->unit, "repetitions", (int)r->f.n, "min",
				r->f.min, "median", r->f.median, "max", r->f.max);

	if (row == NULL)
		return NULL;
	if (r->handler != NULL) {
		(void)json_object_set_new(row, "handler", json_string(r->handler));
		(void)json_object_set_new(row, "cache", json_integer(r->cache));
	}
	set_unless_0(row, "bulk", r->bulk);
	set_unless_0(row, "window", r->window);
	set_unless_0(row, "memory", r->memory);
	set_unless_0(row, "page", r->page);
	set_unless_0(row, "calls", r->calls);
	return row;
}

static json_t *
rows_json(const struct bench *b)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < b->n_rows; i++)
		(void)json_array_append_new(list, row_json(&b->rows[i]));
	return list;
}

static json_t *
skips_json(const struct bench *b)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < b->n_skips; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s, s:s, s:s}", "part", b->skips[i].part, "what",
					b->skips[i].what, "why", b->skips[i].why));
	return list;
}

int
bench_print_json(const struct bench *b, FILE *out)
{
	json_t *rows = rows_json(b), *skips = skips_json(b), *root;
	struct utsname uts;
	int ret = -ENOMEM;

	(void)uname(&uts); /* fails for a bad pointer only */
	/* What could not be added is missing here: a report with a gap is none. */
	if (json_array_size(rows) != b->n_rows || json_array_size(skips) != b->n_skips) {
		json_decref(rows);
		json_decref(skips);
		return ret;
	}
	root = json_pack("{s:s, s:s, s:o, s:o}", "machine", uts.machine, "kernel", uts.release,
			 "figures", rows, "not_measured", skips);
	if (root != NULL && json_dumpf(root, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF)
		ret = 0;
	json_decref(root);
	return ret;
}
