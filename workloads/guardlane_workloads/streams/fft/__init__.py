# SPDX-License-Identifier: Apache-2.0
"""A Fourier transform of 64 points in two branches: long pipelines of identical filters."""
