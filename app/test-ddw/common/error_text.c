/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdio.h>

#include "common/error_text.h"

const char *
test_ddw_error_text(const struct ddw_error *err, char text[TEST_DDW_ERROR_TEXT])
{
	snprintf(text, TEST_DDW_ERROR_TEXT, "%s: %s; why: %s; fix: %s", ddw_msg_name(err->msg),
		 err->what, err->why, err->fix);
	return text;
}
