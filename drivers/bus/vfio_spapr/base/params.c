/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <string.h>

#include <rte_common.h>
#include <rte_kvargs.h>

#include <ddw_units.h>

#include "base/params.h"
#include "base/pci_address.h"

struct reading {
	const char *source;
	struct params params;
	struct ddw_error *err;
};

static int
fail_value(struct reading *r, const char *key, const char *value, const char *allowed)
{
	int ret = ddw_fail(r->err, DDW_MSG_PARAM_VALUE, EINVAL, "%s: invalid value: %s=%s",
			   r->source, key, value == NULL ? "" : value);

	ddw_error_fix(r->err, "%s takes %s", key, allowed);
	return ret;
}

/* Return the index of a value in a list of words; -1 and an error when it is not there. */
static int
read_word(struct reading *r, const char *key, const char *value, const char *const *words,
	  const char *allowed)
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	(void)fail_value(r, key, value, allowed);
	return -1;
}

static int
read_mode(struct reading *r, const char *value)
{
	enum { MODE_OFF = DDW_MODE_DMA32 + 1 };
	static const char *const words[] = {
		[DDW_MODE_AUTO] = "auto", [DDW_MODE_DDW] = "ddw", [DDW_MODE_DMA32] = "dma32",
		[MODE_OFF] = "off",	  [MODE_OFF + 1] = NULL,
	};
	int i = read_word(r, "mode", value, words, "auto, ddw, dma32 or off");

	if (i < 0)
		return -EINVAL;
	r->params.off = i == MODE_OFF;
	r->params.wishes.mode = i == MODE_OFF ? DDW_MODE_AUTO : (enum ddw_mode)i;
	return 0;
}

static int
read_iommu(struct reading *r, const char *value)
{
	static const char *const words[] = {
		[DDW_IOMMU_AUTO] = "auto",
		[DDW_IOMMU_V2] = "v2",
		[DDW_IOMMU_V1] = "v1",
		[DDW_IOMMU_V1 + 1] = NULL,
	};
	int i = read_word(r, "iommu", value, words, "auto, v2 or v1");

	r->params.iommu = i < 0 ? r->params.iommu : (enum ddw_iommu)i;
	return i < 0 ? -EINVAL : 0;
}

/* Read a choice of two words, of which the second means true. */
static int
read_choice(struct reading *r, const char *key, const char *value, const char *const *words,
	    const char *allowed, bool *flag)
{
	int i = read_word(r, key, value, words, allowed);

	*flag = i < 0 ? *flag : i == 1;
	return i < 0 ? -EINVAL : 0;
}

static int
read_narrow(struct reading *r, const char *value)
{
	struct params *p = &r->params;

	if (p->n_narrow == PARAMS_NARROW_MAX ||
	    spapr_pci_parse(value, &p->narrow[p->n_narrow]) != 0)
		return fail_value(r, "dma32", value,
				  "a PCI address such as 0001:00:02.0, for at most 16 devices");
	p->n_narrow++;
	return 0;
}

static int
read_size(struct reading *r, const char *key, const char *value, uint64_t *size)
{
	if (ddw_parse_size(value, size) != 0 || !ddw_is_pow2(*size) || *size < 4096)
		return fail_value(r, key, value,
				  "a power of two from 4K up, such as 64K, 2M or 1G");
	return 0;
}

static int
read_param(const char *key, const char *value, void *opaque)
{
	static const char *const windows[] = { "high", "low", NULL };
	static const char *const mismatch[] = { "refuse", "dma32", NULL };
	static const char *const bits[] = { "0", "1", NULL };
	struct reading *r = opaque;

	if (value == NULL)
		value = "";
	if (strcmp(key, "mode") == 0)
		return read_mode(r, value);
	if (strcmp(key, "page_size") == 0)
		return read_size(r, key, value, &r->params.wishes.page_size);
	if (strcmp(key, "window_size") == 0)
		return read_size(r, key, value, &r->params.wishes.window_size);
	if (strcmp(key, "iommu") == 0)
		return read_iommu(r, value);
	if (strcmp(key, "dma32") == 0)
		return read_narrow(r, value);
	if (strcmp(key, "window") == 0)
		return read_choice(r, key, value, windows, "high or low", &r->params.wishes.low);
	if (strcmp(key, "on_mismatch") == 0)
		return read_choice(r, key, value, mismatch, "refuse or dma32",
				   &r->params.wishes.mismatch_dma32);
	if (strcmp(key, "interpose") == 0)
		return read_choice(r, key, value, bits, "0 or 1", &r->params.interpose);
	if (strcmp(key, "strict") == 0)
		return read_choice(r, key, value, bits, "0 or 1", &r->params.strict);
	return ddw_fail(r->err, DDW_MSG_PARAM_UNKNOWN, EINVAL, "%s: unknown parameter %s",
			r->source, key);
}

int
spapr_params_parse(const char *text, const char *source, struct params *p, struct ddw_error *err)
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
		ddw_error_why(err, "the text cannot be parsed");
		return ret;
	}
	ddw_error_clear(err);
	/* "strict" decides what an error in the others leads to. */
	ret = rte_kvargs_process(list, "strict", read_param, &r);
	p->strict = r.params.strict;
	if (ret == 0)
		ret = rte_kvargs_process(list, NULL, read_param, &r);
	rte_kvargs_free(list);
	if (ret == 0) {
		r.params.given = true;
		*p = r.params;
		return 0;
	}
	/* Some releases refuse a key without value before they call read_param(). */
	if (err != NULL && err->err == 0)
		(void)ddw_fail(err, DDW_MSG_PARAM_VALUE, EINVAL,
			       "%s: a parameter in \"%s\" has no value", source, text);
	return -EINVAL;
}
