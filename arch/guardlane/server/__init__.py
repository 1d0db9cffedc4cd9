# SPDX-License-Identifier: Apache-2.0
"""A core of a server: what an embedding look-up and a dense layer take on it."""
