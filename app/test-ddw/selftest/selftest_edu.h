/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_EDU_H
#define SELFTEST_EDU_H

/*
 * QEMU's edu device: a PCI device with a DMA engine and 4096 bytes of memory, made for
 * teaching (docs/specs/edu.rst of QEMU). It puts out the lower 28 bits of an address.
 */

#include <stdbool.h>
#include <stdint.h>

#define EDU_VENDOR 0x1234u
#define EDU_DEVICE 0x11e8u

#define EDU_BUFFER	UINT64_C(0x40000) /* its memory, as it sees it */
#define EDU_BUFFER_SIZE UINT64_C(4096)
#define EDU_REACH	(UINT64_C(1) << 28)

/* Registers of BAR 0. */
#define EDU_REG_ID	UINT64_C(0x00)
#define EDU_REG_LIVE	UINT64_C(0x04)
#define EDU_REG_SOURCE	UINT64_C(0x80)
#define EDU_REG_TARGET	UINT64_C(0x88)
#define EDU_REG_COUNT	UINT64_C(0x90)
#define EDU_REG_COMMAND UINT64_C(0x98)

#define EDU_COMMAND_RUN	    UINT32_C(1) /* reads as 1 until the transfer has ended */
#define EDU_COMMAND_TO_HOST UINT32_C(2) /* from the device to memory */

/* Access to the registers. All functions with a result return 0 or a negative errno. */
struct edu_io {
	/* Open the device of a group that is in a container, and let it do DMA. */
	int (*open)(void *ctx, int group_fd, const char *pci);
	/* Little endian, as on the bus. */
	int (*read)(void *ctx, uint64_t reg, void *value, unsigned int size);
	int (*write)(void *ctx, uint64_t reg, const void *value, unsigned int size);
	void (*wait)(void *ctx); /* some time */
	void (*close)(void *ctx);
};

struct edu {
	const struct edu_io *io; /* NULL: not open */
	void *ctx;
	bool swapped; /* its registers have the other byte order */
};

/*
 * Open the device. 0; -ENODEV it is no edu device, or does not answer; another errno. QEMU
 * gives its registers the byte order of the emulated processor family, which for POWER is
 * big endian: the order is taken from what its first register reads.
 */
int selftest_edu_open(struct edu *edu, const struct edu_io *io, void *ctx, int group_fd,
		      const char *pci);
/* Transfer up to EDU_BUFFER_SIZE bytes. Returns -ETIMEDOUT if the device has stopped. */
int selftest_edu_write(struct edu *edu, uint64_t iova, uint64_t offset,
		       uint64_t len); /* to memory */
int selftest_edu_read(struct edu *edu, uint64_t iova, uint64_t offset,
		      uint64_t len); /* from memory */
void selftest_edu_close(struct edu *edu);

#endif /* SELFTEST_EDU_H */
