# SPDX-License-Identifier: BSD-3-Clause
"""Emulated POWER machines for tests: see README.md one folder up."""

from .errors import GuestTimeout, LabError
from .machine import Machine
from .nic import Nic

__all__ = ["GuestTimeout", "LabError", "Machine", "Nic"]
