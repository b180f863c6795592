/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>

#include <rte_common.h>

#include <ddw_units.h>

#include "pool.h"

/* Chunks that nobody asked for: small enough to come and go, large enough to be few. */
#define CHUNK_AIM (UINT64_C(2) << 20)
/* Of a window: a pool larger than that needs many to choose from. */
#define CHUNKS_IN_WINDOW 16
/* They grow up to this many objects to waste less at their ends. */
#define CHUNK_OBJECTS 16
/* Registrations of a pool: the kernel keeps them in a list that it searches. */
#define UNITS_MAX 1024
/* Pinned at once in a pool that is mapped on demand and may be trimmed. */
#define DEMAND_UNIT (UINT64_C(64) << 20)

static uint64_t
round_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

/* The smallest chunk that can hold this many bytes: a part of a page, or whole pages. */
static uint64_t
chunk_for(const struct layout_input *in, uint64_t bytes)
{
	if (bytes > in->page_size)
		return round_up(bytes, in->page_size);
	return RTE_MAX(ddw_next_pow2(bytes), in->window_page);
}

/* The end of a chunk that no object fits in, in eighths of the chunk. */
static bool
wastes(const struct layout_input *in, uint64_t chunk)
{
	return chunk % in->obj_size > chunk / 8;
}

static uint64_t
choose_chunk(const struct layout_input *in, uint64_t aim, uint64_t longest)
{
	uint64_t chunk = chunk_for(in, RTE_MAX(aim, in->obj_size));
	uint64_t end = chunk + CHUNK_OBJECTS * RTE_MAX(in->obj_size, in->page_size);
	uint64_t best;

	chunk = RTE_MIN(chunk, longest);
	for (best = chunk; wastes(in, best) && chunk < RTE_MIN(end, longest);) {
		chunk = chunk_for(in, chunk + 1);
		if (chunk <= longest && chunk % in->obj_size * best < best % in->obj_size * chunk)
			best = chunk;
	}
	return best;
}

/* A chunk as asked for, or an error. */
static int
check_chunk(const struct layout_input *in, struct ddw_error *err)
{
	uint64_t chunk = in->chunk_size, page = in->page_size;
	char text[DDW_SIZE_TEXT];
	int ret;

	if (chunk < in->obj_size) {
		ret = ddw_fail(err, DDW_MSG_POOL_CONFIG, EINVAL,
			       "chunk_size=%" PRIu64 " is smaller than an object of %" PRIu64 " "
			       "bytes",
			       chunk, in->obj_size);
		ddw_error_fix(err, "use a chunk_size of at least %" PRIu64,
			      chunk_for(in, in->obj_size));
		return ret;
	}
	if (!ddw_is_aligned(chunk, in->window_page)) {
		ret = ddw_fail(err, DDW_MSG_POOL_CONFIG, EINVAL,
			       "chunk_size=%" PRIu64 " is not a multiple of the window's IOMMU "
			       "page, %s",
			       chunk, ddw_format_size(in->window_page, text));
		ddw_error_fix(err, "use a multiple of %s", text);
		return ret;
	}
	if (chunk > page ? chunk % page != 0 : page % chunk != 0) {
		ret = ddw_fail(err, DDW_MSG_POOL_CONFIG, EINVAL,
			       "chunk_size=%" PRIu64 " is neither a fraction nor a multiple of a "
			       "page of %s",
			       chunk, ddw_format_size(page, text));
		ddw_error_fix(err, "use a power of two, or a multiple of %s", text);
		return ret;
	}
	return 0;
}

/* Bytes that are pinned together: one REGISTER takes no longer for many pages than for one. */
static uint64_t
choose_unit(const struct layout_input *in, const struct pool_layout *l)
{
	uint64_t few = (l->bytes + UNITS_MAX - 1) / UNITS_MAX, half;

	if (in->chunk_size != 0)
		return round_up(few, l->step);
	half = (uint64_t)((in->n + l->per_chunk - 1) / l->per_chunk + 1) / 2 * l->chunk_size;
	if (in->demand)
		half = RTE_MIN(half, DEMAND_UNIT);
	return round_up(RTE_MAX(few, half), l->step);
}

/* What follows from the size of the chunks. */
static int
fill(struct pool_layout *l, const struct layout_input *in, struct ddw_error *err)
{
	uint64_t chunks;

	l->per_chunk = (uint32_t)RTE_MIN(l->chunk_size / in->obj_size, UINT32_MAX);
	l->step = RTE_MAX(l->chunk_size, in->page_size);
	chunks = ((uint64_t)in->max_n + l->per_chunk - 1) / l->per_chunk;
	if (chunks > UINT32_MAX / 2 || chunks > UINT64_MAX / 4 / l->chunk_size)
		return ddw_fail(err, DDW_MSG_POOL_SIZE, EINVAL,
				"%u objects of %" PRIu64 " bytes are too many", in->max_n,
				in->obj_size);
	l->chunks = (uint32_t)chunks;
	l->bytes = round_up(chunks * l->chunk_size, l->step);
	l->unit = choose_unit(in, l);
	return 0;
}

/* Smaller chunks, if the memory that there is would do then. */
static int
choose(struct pool_layout *l, const struct layout_input *in, uint64_t longest,
       struct ddw_error *err)
{
	uint64_t aim = RTE_MIN(CHUNK_AIM, in->window / CHUNKS_IN_WINDOW);
	int ret;

	aim = RTE_MIN(aim, in->n * in->obj_size);

	do {
		l->chunk_size = choose_chunk(in, aim, longest);
		ret = fill(l, in, err);
		aim /= 2;
	} while (ret == 0 && in->room != 0 && l->bytes > in->room && aim >= in->obj_size);
	return ret;
}

int
mpddw_layout_make(struct pool_layout *l, const struct layout_input *in, struct ddw_error *err)
{
	uint64_t longest;
	int ret;

	if (in->obj_size > in->contiguous && in->obj_size > in->page_size)
		return ddw_fail(err, DDW_MSG_POOL_CONTIGUOUS, ENOTSUP,
				"an object has %" PRIu64 " bytes, but a page only %" PRIu64,
				in->obj_size, in->page_size);
	longest = RTE_MAX(in->page_size, in->contiguous / in->page_size * in->page_size);
	l->obj_size = in->obj_size;
	if (in->chunk_size == 0) {
		ret = choose(l, in, longest, err);
	} else {
		ret = check_chunk(in, err);
		if (ret != 0)
			return ret;
		l->chunk_size = RTE_MIN(in->chunk_size, longest);
		ret = fill(l, in, err);
	}
	if (ret != 0 || in->room == 0 || l->bytes <= in->room)
		return ret;
	return ddw_fail(err, DDW_MSG_POOL_MEMORY, EINVAL,
			"the memory has %" PRIu64 " bytes, but %u objects need %" PRIu64 " in "
			"chunks of %" PRIu64,
			in->room, in->max_n, l->bytes, l->chunk_size);
}
