/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Parse and format sizes, and round them. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "ddw_units.h"

/* Powers of 1024, by number of steps. */
static const char units[] = { 'K', 'M', 'G', 'T', 'P', 'E' };

uint64_t
ddw_next_pow2(uint64_t v)
{
	if (v <= 1)
		return 1;
	if (v > UINT64_C(1) << 63)
		return 0;
	return UINT64_C(1) << (ddw_log2(v - 1) + 1);
}

bool
ddw_align_up(uint64_t v, uint64_t align, uint64_t *out)
{
	uint64_t sum;

	if (!ddw_is_pow2(align) || !ddw_add(v, align - 1, &sum))
		return false;
	*out = sum & ~(align - 1);
	return true;
}

static unsigned int
unit_shift(char c)
{
	unsigned int i;

	for (i = 0; i < sizeof(units); i++)
		if (c == units[i] || c == units[i] + ('a' - 'A'))
			return 10 * (i + 1);
	return 0;
}

int
ddw_parse_size(const char *text, uint64_t *size)
{
	unsigned int shift = 0;
	uint64_t v = 0;
	const char *p;

	if (text == NULL || *text < '0' || *text > '9')
		return -EINVAL;
	for (p = text; *p >= '0' && *p <= '9'; p++)
		if (!ddw_mul(v, 10, &v) || !ddw_add(v, (uint64_t)(*p - '0'), &v))
			return -ERANGE;
	if (*p != '\0') {
		shift = unit_shift(*p);
		if (shift == 0 || p[1] != '\0')
			return -EINVAL;
	}
	if (v == 0)
		return -EINVAL;
	if (!ddw_mul(v, UINT64_C(1) << shift, size))
		return -ERANGE;
	return 0;
}

const char *
ddw_format_size(uint64_t size, char buf[DDW_SIZE_TEXT])
{
	unsigned int i = 0;

	while (i < sizeof(units) && size != 0 && size % 1024 == 0) {
		size /= 1024;
		i++;
	}
	if (i == 0)
		snprintf(buf, DDW_SIZE_TEXT, "%" PRIu64, size);
	else
		snprintf(buf, DDW_SIZE_TEXT, "%" PRIu64 "%c", size, units[i - 1]);
	return buf;
}

const char *
ddw_format_pgsizes(uint64_t pgsizes, char *buf, size_t len)
{
	char one[DDW_SIZE_TEXT];
	size_t used = 0;
	unsigned int bit;

	if (len == 0)
		return buf;
	snprintf(buf, len, "none");
	for (bit = 0; bit < 64 && used < len; bit++) {
		int n;

		if (!(pgsizes & UINT64_C(1) << bit))
			continue;
		n = snprintf(buf + used, len - used, "%s%s", used == 0 ? "" : " ",
			     ddw_format_size(UINT64_C(1) << bit, one));
		used += (size_t)n;
	}
	return buf;
}
