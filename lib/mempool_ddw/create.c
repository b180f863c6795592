/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>

#include "mbuf_lib.h"
#include "pool.h"

/* Larger ones do not fit the 32 bits of a mempool with their header and trailer. */
#define ELT_SIZE_MAX INT32_MAX
/* Addresses that a process has. */
#define POOL_BYTES_MAX (UINT64_C(1) << 46)

/* What rte_mempool_create() is asked for. */
struct creation {
	const char *name;
	unsigned int n;
	unsigned int elt_size;
	unsigned int cache_size;
	unsigned int private_data_size;
	rte_mempool_ctor_t *mp_init;
	void *mp_init_arg;
	rte_mempool_obj_cb_t *obj_init;
	void *obj_init_arg;
	int socket_id;
	unsigned int flags;
	struct rte_mempool_ddw_conf conf;
};

static int
check_name(const struct creation *c, struct ddw_error *err)
{
	if (c->name == NULL || c->name[0] == '\0')
		return ddw_fail(err, DDW_MSG_POOL_NAME, EINVAL, "the pool has no name");
	if (strlen(c->name) >= RTE_MEMPOOL_NAMESIZE)
		return ddw_fail(err, DDW_MSG_POOL_NAME, ENAMETOOLONG,
				"%s: the name has %zu characters, at most %zu are allowed", c->name,
				strlen(c->name), (size_t)RTE_MEMPOOL_NAMESIZE - 1);
	if (rte_mempool_lookup(c->name) != NULL)
		return ddw_fail(err, DDW_MSG_POOL_NAME, EEXIST, "%s: a pool with this name exists",
				c->name);
	return 0;
}

static int
check_numbers(const struct creation *c, struct ddw_error *err)
{
	struct rte_mempool_objsz size;

	if (c->n == 0 || c->n > POOL_OBJECTS_MAX)
		return ddw_fail(err, DDW_MSG_POOL_SIZE, EINVAL, "%s: %u objects", c->name, c->n);
	if (c->elt_size == 0 || c->elt_size > ELT_SIZE_MAX)
		return ddw_fail(err, DDW_MSG_POOL_SIZE, EINVAL, "%s: objects of %u bytes", c->name,
				c->elt_size);
	(void)rte_mempool_calc_obj_size(c->elt_size, c->flags, &size);
	if (size.total_size > POOL_BYTES_MAX / RTE_MAX(c->n, c->conf.max_n))
		return ddw_fail(err, DDW_MSG_POOL_SIZE, EINVAL, "%s: %u objects of %u bytes",
				c->name, RTE_MAX(c->n, c->conf.max_n), c->elt_size);
	/* As rte_mempool_create(): a cache is flushed when it holds half as much again. */
	if (c->cache_size > RTE_MEMPOOL_CACHE_MAX_SIZE ||
	    (unsigned int)(c->cache_size * 1.5) > c->n)
		return ddw_fail(err, DDW_MSG_POOL_SIZE, EINVAL,
				"%s: a cache of %u objects in a pool of %u, at most %u are allowed",
				c->name, c->cache_size, c->n,
				RTE_MIN((unsigned int)(c->n / 1.5), RTE_MEMPOOL_CACHE_MAX_SIZE));
	return 0;
}

static int
check_flags(const struct creation *c, struct ddw_error *err)
{
	const unsigned int known = RTE_MEMPOOL_F_NO_SPREAD | RTE_MEMPOOL_F_NO_CACHE_ALIGN |
				   RTE_MEMPOOL_F_NO_IOVA_CONTIG;
	int ret;

	if ((c->flags & ~known) == 0)
		return 0;
	ret = ddw_fail(err, DDW_MSG_POOL_CONFIG, EINVAL, "%s: invalid flags 0x%x", c->name,
		       c->flags & ~known);
	ddw_error_fix(err, "use only NO_SPREAD, NO_CACHE_ALIGN and NO_IOVA_CONTIG of "
			   "RTE_MEMPOOL_F_*");
	return ret;
}

static int
check(const struct creation *c, struct ddw_error *err)
{
	int ret;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return ddw_fail(err, DDW_MSG_POOL_SECONDARY, ENOTSUP,
				"%s: requested in a secondary process",
				c->name == NULL ? "" : c->name);
	ret = check_name(c, err);
	if (ret == 0)
		ret = check_flags(c, err);
	if (ret == 0)
		ret = check_numbers(c, err);
	if (ret == 0)
		ret = mpddw_config_check(&c->conf, c->name, c->n, err);
	if (ret != 0 || c->socket_id == SOCKET_ID_ANY)
		return ret;
	if (c->socket_id < 0 || c->socket_id >= RTE_MAX_NUMA_NODES)
		return ddw_fail(err, DDW_MSG_POOL_NODE, ENODEV, "%s: there is no NUMA node %d",
				c->name, c->socket_id);
	return 0;
}

/* The mempool without objects. EAL may have no memory on the node: the pool brings its own. */
static struct rte_mempool *
make_empty(const struct creation *c, struct ddw_error *err)
{
	struct rte_mempool *mp;

	mp = rte_mempool_create_empty(c->name, c->n, c->elt_size, c->cache_size,
				      c->private_data_size, c->socket_id, c->flags);
	if (mp == NULL && rte_errno == ENOMEM && c->socket_id != SOCKET_ID_ANY)
		mp = rte_mempool_create_empty(c->name, c->n, c->elt_size, c->cache_size,
					      c->private_data_size, SOCKET_ID_ANY, c->flags);
	if (mp != NULL) {
		mp->socket_id = c->socket_id;
		return mp;
	}
	if (rte_errno == EEXIST)
		(void)ddw_fail(err, DDW_MSG_POOL_NAME, EEXIST,
			       "%s: a memzone or ring with this name exists", c->name);
	else
		(void)mpddw_no_eal_memory(c->name, "a mempool", rte_errno, err);
	return NULL;
}

/* Objects, in memory that the handler makes. It has said why not. */
static int
populate(struct rte_mempool *mp)
{
	struct pool *p;
	int ret;

	/* The mempool itself stands for that memory, see mpddw_handler_populate(). */
	ret = rte_mempool_populate_iova(mp, (char *)mp, RTE_BAD_IOVA, RTE_MEMPOOL_ALIGN, NULL,
					NULL);
	if (ret != 0)
		return RTE_MIN(ret, 0);
	p = mpddw_pools_get(mp);
	return p == NULL || p->error.err == 0 ? -ENOMEM : p->error.err;
}

/* Its registration failed when this library was loaded, long before anybody could be told. */
static int
set_handler(struct rte_mempool *mp, struct creation *c, struct ddw_error *err)
{
	if (rte_mempool_set_ops_byname(mp, RTE_MEMPOOL_DDW_OPS, &c->conf) == 0)
		return 0;
	(void)ddw_fail(err, DDW_MSG_POOL_CONFIG, ENOENT,
		       "%s: the mempool handler " RTE_MEMPOOL_DDW_OPS " is not registered",
		       mp->name);
	ddw_error_why(err,
		      "a process has %d slots for handlers, and other libraries use all of "
		      "them",
		      RTE_MEMPOOL_MAX_OPS_IDX);
	ddw_error_fix(err, "load fewer mempool drivers");
	return mpddw_report(err);
}

static struct rte_mempool *
create(struct creation *c)
{
	struct ddw_error err = { 0 };
	struct rte_mempool *mp = NULL;
	struct pool *p;
	int ret;

	if (check(c, &err) == 0)
		mp = make_empty(c, &err);
	if (mp == NULL) {
		(void)mpddw_report(&err);
		return NULL;
	}
	ret = set_handler(mp, c, &err);
	if (ret == 0 && c->mp_init != NULL)
		c->mp_init(mp, c->mp_init_arg);
	if (ret == 0)
		ret = populate(mp);
	mp->pool_config = NULL;
	if (ret != 0) {
		mpddw_pool_free_mempool(mp);
		rte_errno = -ret;
		return NULL;
	}
	if (c->obj_init != NULL)
		(void)rte_mempool_obj_iter(mp, c->obj_init, c->obj_init_arg);
	p = mpddw_pools_get(mp);
	p->req.obj_init = c->obj_init;
	p->req.obj_init_arg = c->obj_init_arg;
	p->may_grow = true;
	return mp;
}

struct rte_mempool *
/* NOLINTNEXTLINE(readability-function-size): the arguments of rte_mempool_create(), and one */
rte_mempool_create_ddw(const char *name, unsigned int n, unsigned int elt_size,
		       unsigned int cache_size, unsigned int private_data_size,
		       rte_mempool_ctor_t *mp_init, void *mp_init_arg,
		       rte_mempool_obj_cb_t *obj_init, void *obj_init_arg, int socket_id,
		       unsigned int flags, const struct rte_mempool_ddw_conf *conf)
{
	struct creation c = {
		.name = name,
		.n = n,
		.elt_size = elt_size,
		.cache_size = cache_size,
		.private_data_size = private_data_size,
		.mp_init = mp_init,
		.mp_init_arg = mp_init_arg,
		.obj_init = obj_init,
		.obj_init_arg = obj_init_arg,
		.socket_id = socket_id,
		.flags = flags,
	};

	if (conf != NULL)
		c.conf = *conf;
	return create(&c);
}

/* A packet must fit behind the headroom, as drivers expect. */
static int
check_mbufs(const char *name, uint16_t priv_size, uint16_t data_room_size, struct ddw_error *err)
{
	if (RTE_ALIGN(priv_size, RTE_MBUF_PRIV_ALIGN) != priv_size)
		return ddw_fail(err, DDW_MSG_POOL_SIZE, EINVAL,
				"%s: priv_size=%u is not a multiple of %u", name, priv_size,
				RTE_MBUF_PRIV_ALIGN);
	if (data_room_size != 0 && data_room_size <= RTE_PKTMBUF_HEADROOM)
		return ddw_fail(err, DDW_MSG_POOL_SIZE, EINVAL,
				"%s: data_room_size=%u leaves no room behind the headroom of %u",
				name, data_room_size, RTE_PKTMBUF_HEADROOM);
	return 0;
}

struct rte_mempool *
rte_pktmbuf_pool_create_ddw(const char *name, unsigned int n, unsigned int cache_size,
			    uint16_t priv_size, uint16_t data_room_size, int socket_id,
			    const struct rte_mempool_ddw_conf *conf)
{
	struct rte_pktmbuf_pool_private mbufs = {
		.mbuf_data_room_size = data_room_size,
		.mbuf_priv_size = priv_size,
	};
	struct ddw_error err = { 0 };
	struct mbuf_lib lib;

	if (check_mbufs(name == NULL ? "" : name, priv_size, data_room_size, &err) != 0) {
		(void)mpddw_report(&err);
		return NULL;
	}
	if (mpddw_mbuf_lib(&lib) != 0) {
		LOG(ERR, "%s: this program does not have librte_mbuf", name);
		rte_errno = ENOTSUP;
		return NULL;
	}
	return rte_mempool_create_ddw(
		name, n, (unsigned int)(sizeof(struct rte_mbuf) + priv_size + data_room_size),
		cache_size, sizeof(mbufs), lib.pool_init, &mbufs, lib.init, NULL, socket_id, 0,
		conf);
}
