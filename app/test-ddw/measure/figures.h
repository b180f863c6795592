/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef FIGURES_H
#define FIGURES_H

/* Summarize repeated measurements. */

/* Limit of repetitions. */
#define FIGURES_MAX 1000u

struct figures {
	unsigned int n; /* repetitions */
	double min;
	double median;
	double max;
};

/* Summarize n values, 1 to FIGURES_MAX. */
struct figures measure_figures(const double *values, unsigned int n);
/* Summarize the quotients of n pairs of values, each pair measured back to back. */
struct figures measure_ratio(const double *a, const double *b, unsigned int n);

#endif /* FIGURES_H */
