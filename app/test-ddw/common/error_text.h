/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef ERROR_TEXT_H
#define ERROR_TEXT_H

/* Format errors of libddw for messages. */

#include <ddw.h>

/* Bytes of a text: more than the three parts of an error and its identifier can have. */
#define TEST_DDW_ERROR_TEXT 1200

/* Write "DDW-identifier: what; why: ...; fix: ..." to text, and return it. */
const char *test_ddw_error_text(const struct ddw_error *err, char text[TEST_DDW_ERROR_TEXT]);

#endif /* ERROR_TEXT_H */
