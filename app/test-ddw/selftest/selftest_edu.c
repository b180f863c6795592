/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <endian.h>
#include <errno.h>
#include <stddef.h>

#include "selftest/selftest_edu.h"

/*
 * All registers are written and read as 32 bits, which is enough for the addresses that the
 * device puts out: before Linux 6.11 VFIO makes two accesses of one of 64 bits, and the device
 * takes the first of them for all of it.
 */

/* Its first register: 01 00 for the version, 00 ed for the device. */
#define EDU_ID	    UINT32_C(0x010000ed)
#define EDU_PATTERN UINT32_C(0x00ddba11)
/* Polls before a timeout: the device delays each transfer by a tenth of a second. */
#define EDU_PATIENCE 10000

static int
read32(const struct edu *edu, uint64_t reg, uint32_t *value)
{
	int ret = edu->io->read(edu->ctx, reg, value, sizeof(*value));

	*value = le32toh(*value);
	if (edu->swapped)
		*value = __builtin_bswap32(*value);
	return ret;
}

static int
write32(const struct edu *edu, uint64_t reg, uint32_t value)
{
	uint32_t raw = htole32(edu->swapped ? __builtin_bswap32(value) : value);

	return edu->io->write(edu->ctx, reg, &raw, sizeof(raw));
}

/* Detect the byte order, and check that the second register returns the complement. */
static int
identify_device(struct edu *edu)
{
	uint32_t id = 0, live = 0;
	int ret = read32(edu, EDU_REG_ID, &id);

	if (ret != 0)
		return ret;
	edu->swapped = id == __builtin_bswap32(EDU_ID);
	if (id != EDU_ID && !edu->swapped)
		return -ENODEV;
	ret = write32(edu, EDU_REG_LIVE, EDU_PATTERN);
	if (ret == 0)
		ret = read32(edu, EDU_REG_LIVE, &live);
	if (ret != 0)
		return ret;
	return live == ~EDU_PATTERN ? 0 : -ENODEV;
}

int
selftest_edu_open(struct edu *edu, const struct edu_io *io, void *ctx, int group_fd,
		  const char *pci)
{
	int ret = io->open(ctx, group_fd, pci);

	if (ret != 0)
		return ret;
	*edu = (struct edu){ .io = io, .ctx = ctx };
	ret = identify_device(edu);
	if (ret != 0)
		selftest_edu_close(edu);
	return ret;
}

static int
wait_for_end(const struct edu *edu)
{
	uint32_t command = EDU_COMMAND_RUN;
	unsigned int i;
	int ret;

	for (i = 0; i < EDU_PATIENCE; i++) {
		ret = read32(edu, EDU_REG_COMMAND, &command);
		if (ret != 0 || (command & EDU_COMMAND_RUN) == 0)
			return ret;
		edu->io->wait(edu->ctx);
	}
	return -ETIMEDOUT;
}

static int
run_transfer(const struct edu *edu, uint32_t from, uint32_t to, uint32_t len, uint32_t direction)
{
	int ret = write32(edu, EDU_REG_SOURCE, from);

	if (ret == 0)
		ret = write32(edu, EDU_REG_TARGET, to);
	if (ret == 0)
		ret = write32(edu, EDU_REG_COUNT, len);
	if (ret == 0)
		ret = write32(edu, EDU_REG_COMMAND, EDU_COMMAND_RUN | direction);
	return ret == 0 ? wait_for_end(edu) : ret;
}

/* Check the addresses: the device drops upper bits, and QEMU may exit on bad offsets. */
static bool
is_reachable(uint64_t iova, uint64_t offset, uint64_t len)
{
	return iova < EDU_REACH && len <= EDU_BUFFER_SIZE && offset <= EDU_BUFFER_SIZE - len;
}

int
selftest_edu_write(struct edu *edu, uint64_t iova, uint64_t offset, uint64_t len)
{
	if (!is_reachable(iova, offset, len))
		return -EINVAL;
	return run_transfer(edu, (uint32_t)(EDU_BUFFER + offset), (uint32_t)iova, (uint32_t)len,
			    EDU_COMMAND_TO_HOST);
}

int
selftest_edu_read(struct edu *edu, uint64_t iova, uint64_t offset, uint64_t len)
{
	if (!is_reachable(iova, offset, len))
		return -EINVAL;
	return run_transfer(edu, (uint32_t)iova, (uint32_t)(EDU_BUFFER + offset), (uint32_t)len, 0);
}

void
selftest_edu_close(struct edu *edu)
{
	if (edu->io != NULL)
		edu->io->close(edu->ctx);
	edu->io = NULL;
}
