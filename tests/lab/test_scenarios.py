# SPDX-License-Identifier: BSD-3-Clause
"""Scenarios on the real kernel and on the simulated one: every return and errno the same."""

import json
import os
import re
import unittest

from powerlab import Nic
from support import BUILD, RESULTS, SUITE, LabCase

PROGRAM = "/opt/lab/scenarios"


class Scenarios:
    """One machine; its groups are those of a rig, see tests/scenario/rig.h."""

    pages = 128

    def test_two_kernels_agree(self):
        """The model is right about all that scenarios do."""
        self.m.put(os.path.join(BUILD, "tests", "scenario", "scenarios"), PROGRAM)
        only = os.environ.get("DDW_ONLY")
        result = self.m.run(f"modprobe vfio_iommu_spapr_tce; {f'DDW_ONLY={only} ' if only else ''}"
                            f"{PROGRAM} real {' '.join(self.addresses)} 2>&1", 500)
        bad = re.findall(r"^not ok .*", result.out, re.M)
        self.assertEqual((bad, result.rc), ([], 0), result.out[-20000:])
        found = re.search(r"^compared: machine=(\w+) scenarios=(\d+) calls=(\d+)", result.out, re.M)
        self.assertIsNotNone(found, result.out[-3000:])
        record = {"test": self.id(), "machine": self.kind, "suite": SUITE, "kernel": self.kernel,
                  "scenarios": int(found[2]), "calls_compared": int(found[3]),
                  "seconds": round(result.seconds, 1)}
        print(f"{self.kind}: {record['scenarios']} scenarios, {record['calls_compared']} calls "
              f"compared in {record['seconds']} s", flush=True)
        if only is None:
            self.assertGreaterEqual(record["scenarios"], 60)
            os.makedirs(RESULTS, exist_ok=True)
            with open(os.path.join(RESULTS, f"scenarios-{self.kind}.json"), "w",
                      encoding="utf-8") as stream:
                json.dump(record, stream, indent=1)
                stream.write("\n")
        self.check_hugepages_free()


class PSeries(Scenarios, LabCase):
    """Groups A and B, two whose PE is poisoned in the course, one without dynamic windows."""

    nics = tuple(Nic("e1000e", bridge=number) for number in range(1, 6))
    machine_options = {"bridges": {5: {"ddw": "off"}}}


class PowerNV9(Scenarios, LabCase):
    """The same on bare metal, where nothing can be poisoned."""

    kind = "powernv9"
    nics = tuple(Nic("e1000e", bridge=number) for number in range(1, 5))


if __name__ == "__main__":
    unittest.main()
