/* SPDX-License-Identifier: MIT
 *
 * The little linear algebra that fits and estimates need: symmetric matrices of a few rows,
 * row-major, with n columns.
 */
#ifndef BASE_LINALG_H
#define BASE_LINALG_H

#include <stdbool.h>
#include <stddef.h>

#define LINALG_MAX 32 /* rows */

/* Solves a x = b by Cholesky; false when a is not positive definite.  a and b stay. */
bool cholesky_solve(const double *a, const double *b, double *x, size_t n);

/* Eigenvalues of a symmetric matrix by cyclic Jacobi rotations, ascending. */
void symmetric_eigenvalues(const double *a, double *values, size_t n);

/* Largest over smallest eigenvalue of a symmetric matrix; HUGE_VAL where the smallest is not
 * above zero. */
double condition_number(const double *a, size_t n);

/* min x' a x / 2 - b' x over x >= 0, a positive semidefinite, n <= 4, by trying every set of
 * positive unknowns.  Returns the minimum; x = 0 where nothing is better. */
double nonnegative_minimum(const double *a, const double *b, double *x, size_t n);

/* The same x for any n <= LINALG_MAX, a positive definite, by coordinate descent. */
void nonnegative_solve(const double *a, const double *b, double *x, size_t n);

#endif
