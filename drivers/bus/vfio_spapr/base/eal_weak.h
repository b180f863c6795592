/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EAL_WEAK_H
#define EAL_WEAK_H

/*
 * The compiler includes this before each file of the plugin: see base/eal_symbols.h. In the
 * assembler, because DPDK's headers declare the functions, and a pragma for one that a file
 * does not declare is a warning of clang.
 */

#include "base/eal_symbols.h"

#define EAL_WEAK(name)	      __asm__(".weak " #name);
#define EAL_WEAK_THREAD(name) __asm__(".weak " #name "\n.type " #name ", @tls_object");
EAL_REQUIRED(EAL_WEAK)
EAL_OPTIONAL(EAL_WEAK)
EAL_THREAD(EAL_WEAK_THREAD)
#undef EAL_WEAK
#undef EAL_WEAK_THREAD

#endif /* EAL_WEAK_H */
