/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdlib.h>
#include <string.h>

#include "measure/figures.h"

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct figures
measure_figures(const double *values, unsigned int n)
{
	double sorted[FIGURES_MAX];

	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_doubles);
	return (struct figures){
		.n = n,
		.min = sorted[0],
		.median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2,
		.max = sorted[n - 1],
	};
}

struct figures
measure_ratio(const double *a, const double *b, unsigned int n)
{
	double ratios[FIGURES_MAX];
	unsigned int i;

	for (i = 0; i < n; i++)
		ratios[i] = a[i] / b[i];
	return measure_figures(ratios, n);
}
