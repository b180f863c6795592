/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The choices that a pool is made with, and where they come from. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_kvargs.h>

#include <ddw_units.h>

#include "pool.h"

#define VARIABLE "MEMPOOL_DDW_CONFIG"
/* Bits that a page has below every limit. */
#define ADDR_BITS_MIN 12

static const char *const keys[] = {
	"page_size", "chunk_size", "mapping", "window", "addr_bits", NULL,
};

static const char *const mappings[] = {
	[RTE_MEMPOOL_DDW_MAPPING_AUTO] = "auto",
	[RTE_MEMPOOL_DDW_MAPPING_STATIC] = "static",
	[RTE_MEMPOOL_DDW_MAPPING_DEMAND] = "demand",
};

static const char *const windows[] = {
	[RTE_MEMPOOL_DDW_WINDOW_MAIN] = "main",
	[RTE_MEMPOOL_DDW_WINDOW_DEFAULT] = "default",
};

struct reading {
	struct rte_mempool_ddw_conf *conf;
	struct ddw_error *err;
};

static int
bad_value(const struct reading *r, const char *key, const char *value, const char *allowed)
{
	int ret = ddw_fail(r->err, DDW_MSG_POOL_CONFIG, EINVAL, VARIABLE ": invalid value: %s=%s",
			   key, value == NULL ? "" : value);

	ddw_error_fix(r->err, "%s takes %s", key, allowed);
	return ret;
}

static int
read_size(const struct reading *r, const char *key, const char *value, uint64_t *size)
{
	if (value == NULL || ddw_parse_size(value, size) != 0)
		return bad_value(r, key, value, "a size such as 64K, 2M or 1G");
	return 0;
}

/* Which of the words a value is; negative when it is none of them. */
static int
read_word(const struct reading *r, const char *key, const char *value, const char *const *words,
	  unsigned int n, const char *allowed)
{
	unsigned int i;

	for (i = 0; value != NULL && i < n; i++)
		if (strcmp(value, words[i]) == 0)
			return (int)i;
	return bad_value(r, key, value, allowed);
}

static int
read_bits(const struct reading *r, const char *key, const char *value)
{
	uint64_t bits;

	if (value == NULL || ddw_parse_size(value, &bits) != 0 || bits < ADDR_BITS_MIN || bits > 64)
		return bad_value(r, key, value, "a number from 12 to 64");
	r->conf->addr_bits = (unsigned int)bits;
	return 0;
}

static int
read_pair(const char *key, const char *value, void *opaque)
{
	const struct reading *r = opaque;
	int word;

	if (strcmp(key, "page_size") == 0)
		return read_size(r, key, value, &r->conf->page_size);
	if (strcmp(key, "chunk_size") == 0)
		return read_size(r, key, value, &r->conf->chunk_size);
	if (strcmp(key, "addr_bits") == 0)
		return read_bits(r, key, value);
	if (strcmp(key, "mapping") == 0) {
		word = read_word(r, key, value, mappings, RTE_DIM(mappings),
				 "auto, static or demand");
		if (word >= 0)
			r->conf->mapping = (enum rte_mempool_ddw_mapping)word;
	} else {
		word = read_word(r, key, value, windows, RTE_DIM(windows), "main or default");
		if (word >= 0)
			r->conf->window = (enum rte_mempool_ddw_window)word;
	}
	return RTE_MIN(word, 0);
}

static int
unreadable(const char *text, struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_POOL_CONFIG, EINVAL, VARIABLE "=%s cannot be parsed", text);

	ddw_error_fix(err, "write key=value,... with the keys page_size, chunk_size, mapping, "
			   "window and addr_bits");
	return ret;
}

int
mpddw_config_environment(struct rte_mempool_ddw_conf *conf, struct ddw_error *err)
{
	const char *text = getenv(VARIABLE);
	struct reading r = { .conf = conf, .err = err };
	struct rte_kvargs *list;
	int ret;

	memset(conf, 0, sizeof(*conf));
	if (text == NULL || text[0] == '\0')
		return 0;
	list = rte_kvargs_parse(text, keys);
	if (list == NULL)
		return unreadable(text, err);
	ret = rte_kvargs_process(list, NULL, read_pair, &r);
	rte_kvargs_free(list);
	if (ret == 0)
		return 0;
	/*
	 * rte_kvargs_process() does not pass on what read_pair() returns; that of DPDK 24.11 does
	 * not even call it for a key without a value.
	 */
	return err->err != 0 ? err->err : unreadable(text, err);
}

static int
refuse(const char *name, const char *what, uint64_t value, const char *fix, struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_POOL_CONFIG, EINVAL, "%s: invalid value: %s=%" PRIu64, name,
			   what, value);

	ddw_error_fix(err, "%s", fix);
	return ret;
}

int
mpddw_config_check(const struct rte_mempool_ddw_conf *conf, const char *name, uint32_t n,
		   struct ddw_error *err)
{
	if (n == 0 || n > POOL_OBJECTS_MAX)
		return ddw_fail(err, DDW_MSG_POOL_SIZE, EINVAL, "%s: %u objects", name, n);
	if (conf->page_size != 0 && !ddw_is_pow2(conf->page_size))
		return refuse(name, "page_size", conf->page_size,
			      "use a size of existing hugepages, or 0", err);
	if (conf->max_n != 0 && conf->max_n < n)
		return refuse(name, "max_n", conf->max_n,
			      "max_n counts all objects, including the initial ones", err);
	if (conf->max_n > POOL_OBJECTS_MAX)
		return refuse(name, "max_n", conf->max_n, "use at most 2^30 - 1 objects", err);
	if (conf->addr_bits != 0 && (conf->addr_bits < ADDR_BITS_MIN || conf->addr_bits > 64))
		return refuse(name, "addr_bits", conf->addr_bits, "use 12 to 64, or 0", err);
	if ((unsigned int)conf->window >= RTE_DIM(windows))
		return refuse(name, "window", conf->window, "use RTE_MEMPOOL_DDW_WINDOW_...", err);
	if ((unsigned int)conf->mapping >= RTE_DIM(mappings))
		return refuse(name, "mapping", conf->mapping, "use RTE_MEMPOOL_DDW_MAPPING_...",
			      err);
	if (conf->memory != NULL && conf->page_size != 0)
		return refuse(name, "page_size", conf->page_size,
			      "leave page_size at 0: the application's memory determines it", err);
	return 0;
}
