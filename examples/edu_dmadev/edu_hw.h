/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EDU_HW_H
#define EDU_HW_H

/*
 * The device: QEMU's "edu", as far as this driver uses it. It moves bytes between memory
 * and a buffer of its own, one transfer at a time.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>
#include <rte_io.h>

#define EDU_VENDOR_ID 0x1234
#define EDU_DEVICE_ID 0x11e8

/* BAR 0. Registers from EDU_DMA_SOURCE on have 64 bits. */
#define EDU_BAR_SIZE	   (1 << 20)
#define EDU_IDENTIFICATION 0x00 /* 0xRRrr00ed, RR.rr is the revision */
#define EDU_DMA_SOURCE	   0x80
#define EDU_DMA_DEST	   0x88
#define EDU_DMA_COUNT	   0x90
#define EDU_DMA_COMMAND	   0x98

/* What the identification has in its lower half. */
#define EDU_IDENTITY 0x00ed

/* Bits of EDU_DMA_COMMAND. The device clears START when the transfer is over. */
#define EDU_DMA_START	  0x1
#define EDU_DMA_TO_MEMORY 0x2

/* Where source and destination name the device's own buffer. */
#define EDU_BUFFER	0x40000
#define EDU_BUFFER_SIZE 4096

/*
 * Addresses of memory have 28 bits. The device does not refuse wider ones: it drops their
 * upper bits, and reads or writes other memory.
 */
#define EDU_ADDR_BITS 28

/* What reads tell when the device is gone, or the platform has cut it off (EEH). */
#define EDU_GONE UINT32_MAX

/*
 * The registers. Their byte order is that of the processor which QEMU emulates: little-endian
 * on x86, but big-endian on POWER, whatever the kernel runs in. The identification tells.
 */
struct edu_regs {
	volatile uint8_t *bar;
	bool swap;
};

/*
 * rte_read and rte_write also keep the order of registers and memory: a transfer starts after
 * the data is written, and data is read after the transfer is seen to be over.
 */
static inline uint32_t
edu_read32(const struct edu_regs *regs, unsigned int reg)
{
	uint32_t value = rte_read32(regs->bar + reg);

	return regs->swap ? rte_bswap32(value) : value;
}

static inline void
edu_write32(const struct edu_regs *regs, unsigned int reg, uint32_t value)
{
	rte_write32(regs->swap ? rte_bswap32(value) : value, regs->bar + reg);
}

static inline void
edu_write64(const struct edu_regs *regs, unsigned int reg, uint64_t value)
{
	rte_write64(regs->swap ? rte_bswap64(value) : value, regs->bar + reg);
}

#endif /* EDU_HW_H */
