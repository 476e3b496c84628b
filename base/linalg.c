/* SPDX-License-Identifier: MIT */
#include "base/linalg.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define DESCENT_SWEEPS	  10000
#define DESCENT_TOLERANCE 1e-9

/* a = l l', lower triangle; false at the first pivot that is not positive. */
static bool cholesky(const double *a, double *l, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j <= i; j++) {
			double sum = a[i * n + j];

			for (size_t k = 0; k < j; k++)
				sum -= l[i * n + k] * l[j * n + k];
			if (i != j)
				l[i * n + j] = sum / l[j * n + j];
			else if (sum > 0 && isfinite(sum))
				l[i * n + i] = sqrt(sum);
			else
				return false;
		}
	}
	return true;
}

bool cholesky_solve(const double *a, const double *b, double *x, size_t n)
{
	double l[LINALG_MAX * LINALG_MAX];

	assert(n <= LINALG_MAX);
	if (!cholesky(a, l, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		x[i] = b[i];
		for (size_t k = 0; k < i; k++)
			x[i] -= l[i * n + k] * x[k];
		x[i] /= l[i * n + i];
	}
	for (size_t i = n; i-- > 0;) {
		for (size_t k = i + 1; k < n; k++)
			x[i] -= l[k * n + i] * x[k];
		x[i] /= l[i * n + i];
	}
	return true;
}

/* One rotation that makes a[p][q] zero (Golub and Van Loan, 8.5.2). */
static void rotate(double *a, size_t n, size_t p, size_t q)
{
	double tau = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
	double t = copysign(1, tau) / (fabs(tau) + sqrt(1 + tau * tau));
	double c = 1 / sqrt(1 + t * t), s = t * c;

	for (size_t k = 0; k < n; k++) {
		double kp = a[k * n + p], kq = a[k * n + q];

		a[k * n + p] = c * kp - s * kq;
		a[k * n + q] = s * kp + c * kq;
	}
	for (size_t k = 0; k < n; k++) {
		double pk = a[p * n + k], qk = a[q * n + k];

		a[p * n + k] = c * pk - s * qk;
		a[q * n + k] = s * pk + c * qk;
	}
}

static void sort_ascending(double *values, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && values[k] < values[k - 1]; k--) {
			double swap = values[k];

			values[k] = values[k - 1];
			values[k - 1] = swap;
		}
}

void symmetric_eigenvalues(const double *matrix, double *values, size_t n)
{
	double a[LINALG_MAX * LINALG_MAX];

	assert(n <= LINALG_MAX);
	memcpy(a, matrix, n * n * sizeof(*a));
	for (int sweep = 0; sweep < 50; sweep++) {
		bool rotated = false;

		for (size_t p = 0; p < n; p++)
			for (size_t q = p + 1; q < n; q++)
				if (fabs(a[p * n + q]) >
				    1e-18 * sqrt(fabs(a[p * n + p] * a[q * n + q]))) {
					rotate(a, n, p, q);
					rotated = true;
				}
		if (!rotated)
			break;
	}
	for (size_t i = 0; i < n; i++)
		values[i] = a[i * n + i];
	sort_ascending(values, n);
}

double condition_number(const double *a, size_t n)
{
	double values[LINALG_MAX];

	for (size_t i = 0; i < n * n; i++)
		if (!isfinite(a[i]))
			return HUGE_VAL;
	symmetric_eigenvalues(a, values, n);
	return values[0] > 0 ? values[n - 1] / values[0] : HUGE_VAL;
}

/* The unconstrained minimum over the unknowns in `set` (bits); false where it is not inside. */
static bool inside_minimum(const double *a, const double *b, double *x, size_t n, unsigned set)
{
	double sub[16], right[4], solution[4];
	size_t index[4], m = 0;

	for (size_t i = 0; i < n; i++)
		if (set >> i & 1)
			index[m++] = i;
	for (size_t i = 0; i < m; i++) {
		right[i] = b[index[i]];
		for (size_t j = 0; j < m; j++)
			sub[i * m + j] = a[index[i] * n + index[j]];
	}
	memset(x, 0, n * sizeof(*x));
	if (!cholesky_solve(sub, right, solution, m))
		return false;
	for (size_t i = 0; i < m; i++) {
		if (!(solution[i] > 0))
			return false;
		x[index[i]] = solution[i];
	}
	return true;
}

double nonnegative_minimum(const double *a, const double *b, double *x, size_t n)
{
	double trial[4], best = 0;

	assert(n <= 4);
	memset(x, 0, n * sizeof(*x));
	for (unsigned set = 1; set < 1u << n; set++) {
		double value = 0;

		if (!inside_minimum(a, b, trial, n, set))
			continue;
		for (size_t i = 0; i < n; i++) /* x' a x = b' x at such a point */
			value -= 0.5 * b[i] * trial[i];
		if (value < best) {
			best = value;
			memcpy(x, trial, n * sizeof(*x));
		}
	}
	return best;
}

void nonnegative_solve(const double *a, const double *b, double *x, size_t n)
{
	double change = 1, largest = 0;

	for (size_t i = 0; i < n; i++)
		x[i] = 0;
	for (int sweep = 0; sweep < DESCENT_SWEEPS && change > DESCENT_TOLERANCE * largest;
	     sweep++) {
		change = 0;
		for (size_t i = 0; i < n; i++) {
			double slope = b[i], value;

			for (size_t j = 0; j < n; j++)
				slope -= j == i ? 0 : a[i * n + j] * x[j];
			value = fmax(0, slope / a[i * n + i]);
			change = fmax(change, fabs(value - x[i]));
			largest = fmax(largest, value);
			x[i] = value;
		}
	}
}
