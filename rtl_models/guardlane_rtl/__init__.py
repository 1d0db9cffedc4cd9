# SPDX-License-Identifier: Apache-2.0
"""Checks that every implementation of the guard must pass: model, twin, library or RTL."""
