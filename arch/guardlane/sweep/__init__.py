# SPDX-License-Identifier: Apache-2.0
"""Many runs: a study says which, an engine runs them, a store keeps them."""
