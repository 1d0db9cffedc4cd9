# SPDX-License-Identifier: Apache-2.0
"""Recommendation models served by a cluster: tables, nets, requests, and where each table lives."""
