/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/finding.h"

static const char *const names[] = {
	[FINDING_FINE] = "fine",
	[FINDING_LIMIT] = "limit",
	[FINDING_FAIL] = "fail",
};

static const char *const results[] = {
	[FINDING_FINE] = "DPDK with the plugin works here.",
	[FINDING_LIMIT] =
		"DPDK with the plugin works here with limits: see the lines marked \"limit\".",
	[FINDING_FAIL] = "DPDK with the plugin will not work here: see the lines marked \"fail\".",
};

struct finding *
doctor_finding_add(struct findings *f, enum finding_level level, const char *topic,
		   const char *state, ...)
{
	static struct finding nowhere;
	struct finding *new = &nowhere;
	va_list ap;

	if (f->n == f->room) {
		unsigned int room = f->room == 0 ? 32 : f->room * 2;
		struct finding *list = realloc(f->list, room * sizeof(*list));

		if (list != NULL) {
			f->list = list;
			f->room = room;
		}
	}
	if (f->n < f->room)
		new = &f->list[f->n++];
	else
		f->lost++;
	memset(new, 0, sizeof(*new));
	new->level = level;
	snprintf(new->topic, sizeof(new->topic), "%s", topic);
	va_start(ap, state);
	vsnprintf(new->state, sizeof(new->state), state, ap);
	va_end(ap);
	return new;
}

void
doctor_finding_why(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
}

void
doctor_finding_fix(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->fix, sizeof(f->fix), fmt, ap);
	va_end(ap);
}

enum finding_level
doctor_findings_worst(const struct findings *f)
{
	enum finding_level worst = f->lost > 0 ? FINDING_LIMIT : FINDING_FINE;
	unsigned int i;

	for (i = 0; i < f->n; i++)
		if (f->list[i].level > worst)
			worst = f->list[i].level;
	return worst;
}

void
doctor_findings_free(struct findings *f)
{
	free(f->list);
	memset(f, 0, sizeof(*f));
}

void
doctor_findings_print(const struct findings *f, FILE *out)
{
	unsigned int i;

	for (i = 0; i < f->n; i++) {
		const struct finding *x = &f->list[i];

		fprintf(out, "%-5s  %s: %s", names[x->level], x->topic, x->state);
		if (x->why[0] != '\0')
			fprintf(out, "; why: %s", x->why);
		if (x->fix[0] != '\0')
			fprintf(out, "; fix: %s", x->fix);
		fputc('\n', out);
	}
	if (f->lost > 0)
		fprintf(out, "%d findings are missing: out of memory\n", f->lost);
	fprintf(out, "%s\n", results[doctor_findings_worst(f)]);
}

int
doctor_findings_print_json(const struct findings *f, FILE *out)
{
	json_t *root, *list = json_array();
	unsigned int i;
	int ret;

	for (i = 0; i < f->n; i++) {
		const struct finding *x = &f->list[i];

		/* A text that is no UTF-8 makes NULL, which the array refuses: caught below. */
		(void)json_array_append_new(list,
					    json_pack("{s:s, s:s, s:s, s:s, s:s}", "level",
						      names[x->level], "topic", x->topic, "state",
						      x->state, "why", x->why, "fix", x->fix));
	}
	if (json_array_size(list) != f->n || f->lost > 0) {
		json_decref(list);
		return -ENOMEM;
	}
	root = json_pack("{s:i, s:s, s:o}", "status", (int)doctor_findings_worst(f), "result",
			 results[doctor_findings_worst(f)], "findings", list);
	ret = root == NULL ? -ENOMEM : json_dumpf(root, out, JSON_INDENT(2));
	if (ret == 0)
		fputc('\n', out);
	json_decref(root);
	return ret == 0 ? 0 : -ENOMEM;
}
