/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <string.h>

#include <rte_common.h>
#include <rte_kvargs.h>

#include <ddw_units.h>

#include "params.h"

struct reading {
	const char *source;
	struct params params;
	struct ddw_error *err;
};

static int
bad_value(struct reading *r, const char *key, const char *value, const char *allowed)
{
	int ret = ddw_fail(r->err, DDW_MSG_PARAM_VALUE, EINVAL, "%s: %s=%s is not possible",
			   r->source, key, value == NULL ? "" : value);

	ddw_error_fix(r->err, "%s takes %s", key, allowed);
	return ret;
}

static int
read_mode(struct reading *r, const char *value)
{
	static const char *const names[] = {
		[MODE_AUTO] = "auto",
		[MODE_DDW] = "ddw",
		[MODE_OFF] = "off",
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(names); i++) {
		if (strcmp(value, names[i]) == 0) {
			r->params.mode = (enum params_mode)i;
			return 0;
		}
	}
	return bad_value(r, "mode", value, "auto, ddw or off");
}

static int
read_size(struct reading *r, const char *key, const char *value, uint64_t *size)
{
	if (ddw_parse_size(value, size) != 0 || !ddw_is_pow2(*size) || *size < 4096)
		return bad_value(r, key, value, "a power of two from 4K up, such as 64K, 2M or 1G");
	return 0;
}

static int
read_bool(struct reading *r, const char *key, const char *value, bool *flag)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return bad_value(r, key, value, "0 or 1");
	*flag = value[0] == '1';
	return 0;
}

static int
read_one(const char *key, const char *value, void *opaque)
{
	struct reading *r = opaque;

	if (value == NULL)
		value = "";
	if (strcmp(key, "mode") == 0)
		return read_mode(r, value);
	if (strcmp(key, "page_size") == 0)
		return read_size(r, key, value, &r->params.page_size);
	if (strcmp(key, "window_size") == 0)
		return read_size(r, key, value, &r->params.window_size);
	if (strcmp(key, "strict") == 0)
		return read_bool(r, key, value, &r->params.strict);
	return ddw_fail(r->err, DDW_MSG_PARAM_UNKNOWN, EINVAL, "%s: unknown parameter %s",
			r->source, key);
}

int
params_parse(const char *text, const char *source, struct params *p, struct ddw_error *err)
{
	struct reading r = { .source = source, .params = *p, .err = err };
	struct rte_kvargs *list;
	int ret;

	if (text == NULL || *text == '\0')
		return 0;
	list = rte_kvargs_parse(text, NULL);
	if (list == NULL) {
		ret = ddw_fail(err, DDW_MSG_PARAM_VALUE, EINVAL,
			       "%s: \"%s\" is not of the form key=value,key=value", source, text);
		ddw_error_why(err, "it cannot be read");
		return ret;
	}
	ddw_error_clear(err);
	/* "strict" decides what an error in the others leads to. */
	ret = rte_kvargs_process(list, "strict", read_one, &r);
	p->strict = r.params.strict;
	if (ret == 0)
		ret = rte_kvargs_process(list, NULL, read_one, &r);
	rte_kvargs_free(list);
	if (ret == 0) {
		*p = r.params;
		return 0;
	}
	/* Some releases refuse a key without value before they call read_one(). */
	if (err != NULL && err->err == 0)
		(void)ddw_fail(err, DDW_MSG_PARAM_VALUE, EINVAL,
			       "%s: a parameter in \"%s\" has no value", source, text);
	return -EINVAL;
}
