/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Objects learn their bus addresses: headers of all, and mbufs whose buffer is their own. */

#include <string.h>

#include <rte_errno.h>

#include "rig.h"

#define N     4
#define PRIV  32
#define ROOM  1024
#define IOVA  UINT64_C(0x80000000)
#define PLACE 2048 /* bytes for one object with its header */

static char memory[N * PLACE] __attribute__((aligned(RTE_CACHE_LINE_SIZE)));

struct scene {
	struct rte_mempool *mp;
	void *objs[N];
};

/* Objects that nobody has touched yet. */
static void
begin(struct scene *s, unsigned int elt_size, unsigned int private_size, uint32_t flags)
{
	struct rte_pktmbuf_pool_private priv = {
		.mbuf_data_room_size = ROOM,
		.mbuf_priv_size = PRIV,
		.flags = flags,
	};
	unsigned int i;

	rig_eal();
	memset(memory, 0, sizeof(memory));
	s->mp = rte_mempool_create_empty("address", N, elt_size, 0, private_size, SOCKET_ID_ANY, 0);
	assert_non_null(s->mp);
	if (private_size >= sizeof(priv))
		memcpy(rte_mempool_get_priv(s->mp), &priv, sizeof(priv));
	for (i = 0; i < N; i++)
		s->objs[i] = &memory[i * PLACE + s->mp->header_size];
}

/* Mbufs, as rte_pktmbuf_pool_create() makes them; elements may be larger than they need be. */
static void
begin_mbufs(struct scene *s, unsigned int more)
{
	unsigned int i;

	begin(s, sizeof(struct rte_mbuf) + PRIV + ROOM + more,
	      sizeof(struct rte_pktmbuf_pool_private), 0);
	for (i = 0; i < N; i++)
		rte_pktmbuf_init(s->mp, NULL, s->objs[i], i);
}

static void
check_headers(const struct scene *s, uint64_t iova)
{
	unsigned int i;

	for (i = 0; i < N; i++)
		assert_true(rte_mempool_get_header(s->objs[i])->iova ==
			    iova + (uintptr_t)s->objs[i] - (uintptr_t)memory);
}

/* None of the bytes of an object is touched. */
static void
check_untouched(const struct scene *s, unsigned int i, const void *before)
{
	assert_memory_equal(s->objs[i], before, s->mp->elt_size);
}

static void
check_mbufs(unsigned int more)
{
	struct rte_mbuf *m;
	struct scene s;
	uint64_t iova;
	unsigned int i;

	begin_mbufs(&s, more);
	for (iova = IOVA; iova < 4 * IOVA; iova += IOVA) {
		mpddw_address_write(s.mp, s.objs, N, memory, iova);
		check_headers(&s, iova);
		for (i = 0; i < N; i++) {
			m = s.objs[i];
			assert_true(rte_mbuf_iova_get(m) ==
				    iova + (uintptr_t)m->buf_addr - (uintptr_t)memory);
		}
	}
	rte_mempool_free(s.mp);
}

static void
test_address_written_to_header_and_mbuf(void **state)
{
	(void)state;
	check_mbufs(0);
	check_mbufs(3);
	check_mbufs(64);
}

/* Not initialised: only the headers, so that rte_pktmbuf_init() finds the address there. */
static void
test_header_alone_written_before_init(void **state)
{
	static const char zero[PLACE];
	struct scene s;
	unsigned int i;

	(void)state;
	begin(&s, sizeof(struct rte_mbuf) + PRIV + ROOM, sizeof(struct rte_pktmbuf_pool_private),
	      0);
	mpddw_address_write(s.mp, s.objs, N, memory, IOVA);
	check_headers(&s, IOVA);
	for (i = 0; i < N; i++)
		check_untouched(&s, i, zero);
	rte_mempool_free(s.mp);
}

/* The buffer is elsewhere, or the mbuf is not one of this pool. */
static void
test_mbuf_with_other_buffer_left_alone(void **state)
{
	struct rte_mbuf *m[3];
	char before[3][PLACE];
	struct scene s;
	unsigned int i;

	(void)state;
	begin_mbufs(&s, 0);
	for (i = 0; i < 3; i++)
		m[i] = s.objs[i];
	m[0]->buf_addr = memory;
	m[1]->buf_addr = NULL;
	m[2]->pool = NULL;
	for (i = 0; i < 3; i++)
		memcpy(before[i], m[i], s.mp->elt_size);
	mpddw_address_write(s.mp, s.objs, N, memory, IOVA);
	check_headers(&s, IOVA);
	for (i = 0; i < 3; i++)
		check_untouched(&s, i, before[i]);
	rte_mempool_free(s.mp);
}

/* Bytes that look like a mbuf, in pools that are none of mbufs with buffers of their own. */
static void
test_objects_that_look_like_mbufs_left_alone(void **state)
{
	static const unsigned int mbuf = sizeof(struct rte_mbuf) + PRIV + ROOM;
	static const unsigned int priv = sizeof(struct rte_pktmbuf_pool_private);
	static const struct {
		unsigned int elt_size, private_size;
		uint32_t flags;
	} other[] = {
		{ mbuf, 0, 0 },
		{ mbuf, priv - 1, 0 },
		{ mbuf - 8, priv, 0 },
		{ mbuf, priv, RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF },
	};
	char before[PLACE];
	struct rte_mbuf *m;
	struct scene s;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(other); i++) {
		begin(&s, other[i].elt_size, other[i].private_size, other[i].flags);
		m = s.objs[1];
		m->pool = s.mp;
		m->buf_addr = (char *)m + sizeof(*m) + PRIV;
		memcpy(before, m, s.mp->elt_size);
		mpddw_address_write(s.mp, s.objs, N, memory, IOVA);
		check_headers(&s, IOVA);
		check_untouched(&s, 1, before);
		rte_mempool_free(s.mp);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address_written_to_header_and_mbuf),
		cmocka_unit_test(test_header_alone_written_before_init),
		cmocka_unit_test(test_mbuf_with_other_buffer_left_alone),
		cmocka_unit_test(test_objects_that_look_like_mbufs_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
