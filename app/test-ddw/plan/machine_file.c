/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "plan/machine_file.h"

#define SMALLEST_PAGE UINT64_C(4096)
#define LARGEST_PAGE  (UINT64_C(16) << 30)
/* Limits of the kernel: windows of a slot, levels of a TCE table. */
#define MAX_WINDOWS 2
#define MAX_LEVELS  5

struct reading {
	const char *file;
	char *error;
	size_t size;
};

static int fail(struct reading *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int
fail(struct reading *r, const char *fmt, ...)
{
	int n = snprintf(r->error, r->size, "%s: ", r->file);
	va_list ap;

	va_start(ap, fmt);
	if (n > 0 && (size_t)n < r->size)
		vsnprintf(r->error + n, r->size - (size_t)n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Reject unknown keys: a misspelt one would give a plan for another machine. */
static int
check_keys(struct reading *r, json_t *object, const char *where, const char *const *known)
{
	const char *key;
	json_t *value;
	unsigned int i;

	if (!json_is_object(object))
		return fail(r, "%s must be an object", where);
	json_object_foreach(object, key, value)
	{
		for (i = 0; known[i] != NULL && strcmp(key, known[i]) != 0; i++)
			;
		if (known[i] == NULL)
			return fail(r, "%s: unknown key \"%s\"", where, key);
	}
	return 0;
}

/* Read a size: a number of bytes, or a text such as "2M". Keeps the value if absent. */
static int
read_size(struct reading *r, json_t *object, const char *where, const char *key, uint64_t *size)
{
	json_t *value = json_object_get(object, key);

	if (value == NULL)
		return 0;
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*size = (uint64_t)json_integer_value(value);
		return 0;
	}
	if (json_is_string(value) && ddw_parse_size(json_string_value(value), size) == 0)
		return 0;
	return fail(r, "%s: \"%s\" must be a size such as 65536, \"64K\" or \"2M\"", where, key);
}

/* Read a size below 4 GiB in whole IOMMU pages. Keeps the value if absent. */
static int
read_address(struct reading *r, json_t *object, const char *where, const char *key,
	     uint32_t *address)
{
	uint64_t value = *address;
	int ret = read_size(r, object, where, key, &value);

	if (ret != 0)
		return ret;
	if (value > UINT32_MAX || !ddw_is_aligned(value, SMALLEST_PAGE))
		return fail(r, "%s: \"%s\" must be a multiple of 4K, and below 4G", where, key);
	*address = (uint32_t)value;
	return 0;
}

/* Read a number. Keeps the value if absent. */
static int
read_number(struct reading *r, json_t *object, const char *where, const char *key, uint32_t min,
	    uint32_t max, uint32_t *number)
{
	json_t *value = json_object_get(object, key);

	if (value == NULL)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max)
		return fail(r, "%s: \"%s\" must be a number from %" PRIu32 " to %" PRIu32, where,
			    key, min, max);
	*number = (uint32_t)json_integer_value(value);
	return 0;
}

static int
read_bool(struct reading *r, json_t *object, const char *where, const char *key, bool *is_true)
{
	json_t *value = json_object_get(object, key);

	if (value != NULL && !json_is_boolean(value))
		return fail(r, "%s: \"%s\" must be true or false", where, key);
	*is_true = json_is_true(value);
	return 0;
}

/* Read the name of a group. Uses its place in the list if absent. */
static int
read_name(struct reading *r, json_t *object, const char *where, char *name, size_t size)
{
	json_t *value = json_object_get(object, "name");

	if (value != NULL && (!json_is_string(value) || json_string_length(value) == 0 ||
			      json_string_length(value) >= size))
		return fail(r, "%s: \"name\" must be a text of 1 to %zu bytes", where, size - 1);
	snprintf(name, size, "%s", value == NULL ? where : json_string_value(value));
	return 0;
}

/* The smallest IOMMU page, and the largest page of any kind on POWER. */
static bool
is_page(uint64_t page)
{
	return ddw_is_pow2(page) && page >= SMALLEST_PAGE && page <= LARGEST_PAGE;
}

static int
read_pages(struct reading *r, json_t *list, const char *where, uint64_t *pgsizes)
{
	uint64_t page;
	json_t *value;
	size_t i;

	if (!json_is_array(list))
		return fail(r, "%s: \"pages\" must be a list of sizes", where);
	json_array_foreach(list, i, value)
	{
		if (!json_is_string(value) ||
		    ddw_parse_size(json_string_value(value), &page) != 0 || !is_page(page))
			return fail(r,
				    "%s: \"pages\" must be sizes such as \"64K\": powers of two "
				    "from 4K to 16G",
				    where);
		*pgsizes |= page;
	}
	return 0;
}

static int
read_group(struct reading *r, json_t *object, unsigned int i, struct ddw_plan_group *g)
{
	static const char *const known[] = { "name",  "default_start", "default_size",
					     "pages", "windows",       "levels",
					     "v1",    "narrow",	       NULL };
	char where[32];
	int ret;

	snprintf(where, sizeof(where), "group %u", i);
	ret = check_keys(r, object, where, known);
	if (ret != 0)
		return ret;
	g->number = (int)i;
	g->caps = (struct ddw_caps){ .dma32_size = 1U << 30, .levels = 1 };
	ret = read_name(r, object, where, g->name, sizeof(g->name));
	if (ret == 0)
		ret = read_address(r, object, where, "default_start", &g->caps.dma32_start);
	if (ret == 0)
		ret = read_address(r, object, where, "default_size", &g->caps.dma32_size);
	if (ret == 0)
		ret = read_number(r, object, where, "windows", 0, MAX_WINDOWS,
				  &g->caps.max_windows);
	if (ret == 0)
		ret = read_number(r, object, where, "levels", 1, MAX_LEVELS, &g->caps.levels);
	if (ret == 0 && json_object_get(object, "pages") != NULL)
		ret = read_pages(r, json_object_get(object, "pages"), where, &g->caps.pgsizes);
	if (ret == 0)
		ret = read_bool(r, object, where, "v1", &g->caps.v1);
	if (ret == 0)
		ret = read_bool(r, object, where, "narrow", &g->dma32);
	if (g->caps.max_windows == 0)
		g->caps.max_windows = UINT32_MAX; /* as GET_INFO has it without dynamic ones */
	return ret;
}

static int
read_hugepages(struct reading *r, json_t *object, unsigned int i, struct ddw_plan_memory *mem)
{
	static const char *const known[] = { "size", "total", "start", NULL };
	char where[32];
	int ret;

	snprintf(where, sizeof(where), "hugepages %u", i);
	ret = check_keys(r, object, where, known);
	if (ret == 0)
		ret = read_size(r, object, where, "size", &mem->page_size);
	if (ret == 0)
		ret = read_size(r, object, where, "total", &mem->exist_bytes);
	mem->start_bytes = mem->exist_bytes;
	if (ret == 0)
		ret = read_size(r, object, where, "start", &mem->start_bytes);
	if (ret != 0)
		return ret;
	if (!is_page(mem->page_size) || mem->exist_bytes == 0)
		return fail(r,
			    "%s needs a \"size\" that is a power of two from 4K to 16G, and a "
			    "\"total\"",
			    where);
	if (!ddw_is_aligned(mem->exist_bytes, mem->page_size) ||
	    !ddw_is_aligned(mem->start_bytes, mem->page_size))
		return fail(r, "%s: \"total\" and \"start\" must be multiples of \"size\"", where);
	if (mem->start_bytes > mem->exist_bytes)
		return fail(r, "%s: \"start\" is more than \"total\"", where);
	return 0;
}

/* Check that each size occurs once, and that the sum does not overflow. */
static int
check_hugepages(struct reading *r, const struct ddw_plan_input *in)
{
	uint64_t sizes = 0, bytes = 0;
	unsigned int i;

	for (i = 0; i < in->n_memory; i++) {
		if ((sizes & in->memory[i].page_size) != 0)
			return fail(r, "hugepages %u: this \"size\" is already listed", i);
		sizes |= in->memory[i].page_size;
		if (!ddw_add(bytes, in->memory[i].exist_bytes, &bytes))
			return fail(r, "hugepages %u: the sum of all hugepages exceeds 64 bits", i);
	}
	return 0;
}

static int
read_lists(struct reading *r, json_t *root, struct ddw_plan_input *in)
{
	json_t *groups = json_object_get(root, "groups"),
	       *pages = json_object_get(root, "hugepages");
	int ret = 0;

	if (!json_is_array(groups) || json_array_size(groups) == 0 ||
	    json_array_size(groups) > DDW_MAX_GROUPS)
		return fail(r, "\"groups\" must be a list of 1 to %d groups", DDW_MAX_GROUPS);
	if (!json_is_array(pages) || json_array_size(pages) > DDW_MAX_HUGEPAGE_SIZES)
		return fail(r, "\"hugepages\" must be a list of at most %d sizes",
			    DDW_MAX_HUGEPAGE_SIZES);
	for (; ret == 0 && in->n_groups < json_array_size(groups); in->n_groups++)
		ret = read_group(r, json_array_get(groups, in->n_groups), in->n_groups,
				 &in->groups[in->n_groups]);
	for (; ret == 0 && in->n_memory < json_array_size(pages); in->n_memory++)
		ret = read_hugepages(r, json_array_get(pages, in->n_memory), in->n_memory,
				     &in->memory[in->n_memory]);
	return ret == 0 ? check_hugepages(r, in) : ret;
}

/* Parse the whole file. Returns NULL, and writes the reason, when that fails. */
static json_t *
load_json(struct reading *r)
{
	FILE *f = fopen(r->file, "re");
	json_error_t where;
	json_t *root;

	if (f == NULL) {
		fail(r, "cannot be read: %s; name a file that describes a machine in JSON",
		     strerror(errno));
		return NULL;
	}
	errno = 0;
	root = json_loadf(f, JSON_REJECT_DUPLICATES, &where);
	if (root == NULL && ferror(f) != 0)
		fail(r, "cannot be read: %s; name a file that describes a machine in JSON",
		     strerror(errno));
	else if (root == NULL)
		fail(r, "line %d: %s", where.line, where.text);
	(void)fclose(f); /* read only */
	return root;
}

int
plan_machine_read(struct machine *m, const char *file, char *error, size_t size)
{
	static const char *const known[] = { "comment", "groups", "hugepages", "memlock", NULL };
	struct reading r = { file, error, size };
	json_t *root, *comment;
	int ret;

	memset(m, 0, sizeof(*m));
	root = load_json(&r);
	if (root == NULL)
		return -EINVAL;
	ret = check_keys(&r, root, "the machine", known);
	comment = json_object_get(root, "comment");
	if (ret == 0 && comment != NULL && !json_is_string(comment))
		ret = fail(&r, "the machine: \"comment\" must be a text");
	m->in.memlock.unlimited = json_object_get(root, "memlock") == NULL;
	if (ret == 0)
		ret = read_size(&r, root, "the machine", "memlock", &m->in.memlock.limit);
	if (ret == 0)
		ret = read_lists(&r, root, &m->in);
	json_decref(root);
	return ret;
}
