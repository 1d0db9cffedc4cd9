# SPDX-License-Identifier: Apache-2.0
"""A JPEG decoder of ten filters: entropy decoding, dequantisation, inverse DCT and colour."""
