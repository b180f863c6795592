/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef DDW_ERROR_H
#define DDW_ERROR_H

/**
 * @file
 * Errors of libddw: every failure is a negative errno plus one message that
 * says what happened, why, and what to do about it.
 *
 * Each kind of message has an identifier of the form "DDW-name" that is stable
 * between releases and listed in doc/guides/messages.rst.
 */

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of message. The identifier of each is ddw_msg_name(). */
enum ddw_msg {
	DDW_MSG_NONE = 0, /**< nothing failed */

	/* parameters */
	DDW_MSG_PARAM_UNKNOWN,	  /**< parameter name is not known */
	DDW_MSG_PARAM_VALUE,	  /**< parameter value cannot be used */
	DDW_MSG_PAGE_NOT_OFFERED, /**< platform does not offer the IOMMU page size */
	DDW_MSG_PAGE_TOO_LARGE,	  /**< IOMMU page larger than a hugepage in use */
	DDW_MSG_WINDOW_TOO_SMALL, /**< window smaller than the memory */
	DDW_MSG_WINDOW_TOO_LARGE, /**< window larger than TCE tables can be */

	/* environment */
	DDW_MSG_NO_HUGEPAGES,	/**< no hugepage exists */
	DDW_MSG_MEMLOCK,	/**< RLIMIT_MEMLOCK is too low */
	DDW_MSG_IOVA_VA,	/**< EAL runs with IOVA as VA */
	DDW_MSG_LAYOUT_UNKNOWN, /**< DPDK whose structures are not known */
	DDW_MSG_SECOND_COPY,	/**< the plugin was loaded twice */
	DDW_MSG_EAL_SYMBOLS,	/**< functions of EAL are not to be found */
	DDW_MSG_EAL_TWICE,	/**< there are two copies of EAL */

	/* groups */
	DDW_MSG_GROUP_NOT_VIABLE, /**< a device of the group has a host driver */
	DDW_MSG_GROUP_BUSY,	  /**< another process owns the group */
	DDW_MSG_GROUP_OPEN,	  /**< group device file cannot be opened */
	DDW_MSG_GROUP_NOT_GIVEN,  /**< this container or user does not have the group */
	DDW_MSG_GROUP_ATTACH,	  /**< group cannot join a container */
	DDW_MSG_GROUP_INFO,	  /**< GET_INFO failed */
	DDW_MSG_GROUP_LIMIT,	  /**< more groups than can be handled */
	DDW_MSG_NO_SPAPR_V2,	  /**< kernel offers no sPAPR v2 for the group */
	DDW_MSG_NO_DDW,		  /**< platform offers no dynamic window */
	DDW_MSG_NOT_VFIO,	  /**< device is bound to a UIO driver */
	DDW_MSG_HOTPLUG,	  /**< device cannot be added at run time */
	DDW_MSG_VIRTIO_NO_IOMMU,  /**< virtio device ignores the IOMMU */

	/* windows */
	DDW_MSG_CREATE_REFUSED, /**< the kernel or firmware refused CREATE */
	DDW_MSG_PE_POISONED,	/**< DDW is disabled for this PE until reboot */
	DDW_MSG_REMOVE_REFUSED, /**< the default window cannot be removed */
	DDW_MSG_RANGE_MISMATCH, /**< window does not fit the range of the others */
	DDW_MSG_NO_WINDOW,	/**< the default window cannot be used */
	DDW_MSG_ENABLE_REFUSED, /**< sPAPR v1: the container cannot be enabled */

	/* memory */
	DDW_MSG_BAD_RANGE,	 /**< address or length misaligned, empty or wrapping */
	DDW_MSG_WINDOW_FULL,	 /**< no room left in the window */
	DDW_MSG_MEMORY_OVERLAP,	 /**< memory overlaps memory that is still registered */
	DDW_MSG_REGISTER_FAILED, /**< REGISTER_MEMORY failed */
	DDW_MSG_MAP_FAILED,	 /**< MAP_DMA failed */
	DDW_MSG_UNMAP_FAILED,	 /**< UNMAP_DMA failed */
	DDW_MSG_SMALL_PAGES,	 /**< no window has pages as small as the memory's */
	DDW_MSG_BAD_IOVA,	 /**< bus address outside the windows */
	DDW_MSG_FORKED,		 /**< the process is a child of the one that opened the windows */
	DDW_MSG_EXTERNAL_MEMORY, /**< memory of the application's own is not mapped like that */
	DDW_MSG_NO_MEMORY,	 /**< libddw itself ran out of memory */

	/* pools */
	DDW_MSG_POOL_CONFIG,	/**< a choice for a pool cannot be used */
	DDW_MSG_POOL_SIZE,	/**< a count or size is 0, overflows, or does not fit together */
	DDW_MSG_POOL_NAME,	/**< the name is taken or too long */
	DDW_MSG_POOL_NODE,	/**< no such NUMA node, or pages did not land there */
	DDW_MSG_POOL_HUGEPAGES, /**< not enough free hugepages for a pool */
	DDW_MSG_POOL_WINDOW, /**< the window has no room for a pool, not even for one chunk of it; or there is no such window */
	DDW_MSG_POOL_MEMORY,	 /**< memory that the application brings cannot be used */
	DDW_MSG_POOL_BUSY,	 /**< objects of a pool, or a pool of some memory, are in use */
	DDW_MSG_POOL_NO_PLUGIN,	 /**< a pool is asked for on a POWER machine without the plugin */
	DDW_MSG_POOL_REACH,	 /**< a device does not reach a pool */
	DDW_MSG_POOL_CONTIGUOUS, /**< objects larger than a page cannot be contiguous for devices */
	DDW_MSG_POOL_FULL,	 /**< all of a pool that can be mapped is in use */
	DDW_MSG_POOL_EAL,	 /**< EAL does not take the memory of a pool */
	DDW_MSG_POOL_SECONDARY,	 /**< a secondary process asked for what only the primary can do */

	DDW_MSG_COUNT /**< number of kinds */
};

/** One failure. All texts are NUL-terminated; empty when there was none. */
struct ddw_error {
	int err;	  /**< negative errno, 0 when nothing failed */
	enum ddw_msg msg; /**< kind of failure */
	char what[320];	  /**< what happened, to which device or range */
	char why[384];	  /**< the cause */
	char fix[384];	  /**< what the user can do */
};

/**
 * Get the identifier of a kind of message.
 *
 * @param msg
 *   Kind of message.
 * @return
 *   A constant string such as "DDW-group-busy"; "DDW-none" for values out of range.
 * Thread safety: any thread.
 */
const char *ddw_msg_name(enum ddw_msg msg);

/**
 * Fill an error: @p what from a format, why and fix from the table of messages.
 *
 * @param e
 *   Error to fill; may be NULL, then only @p err is returned.
 * @param msg
 *   Kind of message.
 * @param err
 *   errno, positive or negative.
 * @param fmt
 *   printf format of the "what" part.
 * @return
 *   -|err|, so that a caller can write: return ddw_fail(e, ...).
 * Thread safety: any thread, on different errors.
 */
int ddw_fail(struct ddw_error *e, enum ddw_msg msg, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * Replace the "why" part of an error.
 *
 * @param e
 *   Error, or NULL: then nothing happens.
 * @param fmt
 *   printf format.
 */
void ddw_error_why(struct ddw_error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * Replace the "fix" part of an error.
 *
 * @param e
 *   Error, or NULL: then nothing happens.
 * @param fmt
 *   printf format.
 */
void ddw_error_fix(struct ddw_error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Bytes of a text of ddw_error_format(): more than the parts of an error can have. */
#define DDW_ERROR_TEXT 1200

/**
 * Write an error on one line: "DDW-identifier: what; why: ...; fix: ...".
 *
 * @param e
 *   Error.
 * @param text
 *   Filled.
 * @return
 *   @p text.
 * Thread safety: any thread, on different texts.
 */
const char *ddw_error_format(const struct ddw_error *e, char text[DDW_ERROR_TEXT]);

/**
 * Clear an error.
 *
 * @param e
 *   Error, or NULL.
 */
void ddw_error_clear(struct ddw_error *e);

#ifdef __cplusplus
}
#endif

#endif /* DDW_ERROR_H */
