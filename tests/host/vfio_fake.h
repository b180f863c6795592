/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef VFIO_FAKE_H
#define VFIO_FAKE_H

/* EAL's VFIO with one group and its devices, as much as base/vfio_eal.c calls. */

#include <stdbool.h>

#define FAKE_CONTAINER 40
#define FAKE_GROUP     60
#define FAKE_FD	       70 /* of the first device that is opened */
#define FAKE_DEVICES   4

struct vfio_fake {
	bool fail;	     /* the next call */
	bool new_containers; /* get_container_fd() opens one each time */
	int bound;	     /* group in the container, by its number */
	int opened;	     /* devices that are open, each time counted */
	int assigned;	     /* devices that were assigned, ever */
	bool own_container;  /* a device was opened in EAL's own container */
	bool destroyed;
	const char *devices[FAKE_DEVICES]; /* from 26.11 on: those that are assigned, by fd */
};

extern struct vfio_fake vfio_fake;

#endif /* VFIO_FAKE_H */
