/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef FIGURES_H
#define FIGURES_H

/* What repetitions of a measurement come to. */

/* Repetitions at the most. */
#define FIGURES_MAX 1000u

struct figures {
	unsigned int n; /* repetitions */
	double min;
	double median;
	double max;
};

/* Of n values, 1 to FIGURES_MAX. */
struct figures measure_figures(const double *values, unsigned int n);
/* Of the quotients of two values each that were measured one after the other. */
struct figures measure_ratio(const double *a, const double *b, unsigned int n);

#endif /* FIGURES_H */
