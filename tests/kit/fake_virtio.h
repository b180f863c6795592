/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef FAKE_VIRTIO_H
#define FAKE_VIRTIO_H

/* A virtio device behind the device file of VFIO, for one test at a time. */

#include "ddw.h"

#define FAKE_VIRTIO_COMMON 0x48 /* where its common configuration is in the configuration space */

struct fake_virtio {
	uint8_t config[256]; /* of PCI */
	uint64_t config_size;
	uint64_t features;
	unsigned int bar; /* with the common configuration */
	uint64_t bar_size;
	uint32_t offset;      /* of the common configuration in it */
	uint32_t select;      /* which word of the features is to be read */
	unsigned int calls;   /* to the device so far */
	unsigned int fail_at; /* the call that fails, from 1 on; 0: none */
	int fail_with;	      /* what it returns */
};

extern struct fake_virtio fake_virtio;

/* A device as QEMU's, with these features, whose memory is not decoded yet. */
void fake_virtio_reset(uint64_t features);
/* Add a capability to its list. "at" is its place, a multiple of 4. */
void fake_virtio_capability(unsigned int at, unsigned int vendor, unsigned int type,
			    unsigned int bar, unsigned int next);
/* Calls into the same kernel, in which every device is this one. */
struct ddw_sys fake_virtio_sys(const struct ddw_sys *kernel);

#endif /* FAKE_VIRTIO_H */
