/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tel_uint.h>

#include "telemetry/tel_data.h"

void
spapr_tel_number(struct rte_tel_data *d, const char *key, uint64_t value)
{
	(void)vfio_spapr_dma_tel_uint(d, key, value);
}

void
spapr_tel_text(struct rte_tel_data *d, const char *key, const char *text)
{
	(void)rte_tel_data_add_dict_string(d, key, text);
}

/* As text: many readers of JSON keep 53 bits of a number. */
void
spapr_tel_address(struct rte_tel_data *d, const char *key, uint64_t address)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	spapr_tel_text(d, key, text);
}

struct rte_tel_data *
spapr_tel_dict(void)
{
	struct rte_tel_data *d = rte_tel_data_alloc();

	if (d != NULL)
		(void)rte_tel_data_start_dict(d);
	return d;
}

struct rte_tel_data *
spapr_tel_list(void)
{
	struct rte_tel_data *d = rte_tel_data_alloc();

	if (d != NULL)
		(void)rte_tel_data_start_array(d, RTE_TEL_STRING_VAL);
	return d;
}

void
spapr_tel_add(struct rte_tel_data *d, const char *key, struct rte_tel_data *part)
{
	if (part != NULL && rte_tel_data_add_dict_container(d, key, part, 0) != 0)
		rte_tel_data_free(part);
}

/* Length of the first line of a text, broken at a blank, which "skip" then counts. */
static size_t
line_length(const char *text, size_t max, size_t *skip)
{
	size_t n = strlen(text);

	*skip = 0;
	if (n <= max)
		return n;
	for (n = max; n > 0 && text[n] != ' '; n--)
		;
	if (n == 0)
		return max; /* a word that is longer than a line */
	*skip = 1;
	return n;
}

static void
append_lines(struct rte_tel_data *list, const char *indent, const char *text)
{
	char line[TELEMETRY_LINE + 1];
	size_t n, skip;

	do {
		n = line_length(text, TELEMETRY_LINE - strlen(indent), &skip);
		snprintf(line, sizeof(line), "%s%.*s", indent, (int)n, text);
		(void)rte_tel_data_add_array_string(list, line);
		text += n + skip;
	} while (*text != '\0');
}

void
spapr_tel_lines(struct rte_tel_data *d, const char *key, const char *text)
{
	struct rte_tel_data *list = spapr_tel_list();

	if (list != NULL)
		append_lines(list, "", text);
	spapr_tel_add(d, key, list);
}

void
spapr_tel_say(struct rte_tel_data *list, const char *indent, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	append_lines(list, indent, text);
}

int
spapr_tel_param(const char *params, uint64_t *value)
{
	char *end;

	*value = 0;
	if (params == NULL || *params == '\0')
		return 0;
	if (*params < '0' || *params > '9')
		return -EINVAL;
	errno = 0;
	*value = strtoull(params, &end, 0);
	return *end != '\0' || errno != 0 ? -EINVAL : 0;
}
