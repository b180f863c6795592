# SPDX-License-Identifier: BSD-3-Clause
"""A virtio-user port beside a port on VFIO: one uses virtual addresses, the other bus addresses."""

import unittest

import testpmd
from pools import OPS, Pools
from powerlab import Nic
from support import LabCase
from testpmd import FEW_BUFFERS, PROMPT, Testpmd

FRAMES = 1_000
SOCKET = "/run/vhost.sock"
BACK_END = (f"dpdk-testpmd -l 0-1 -m 64 --no-pci --single-file-segments --file-prefix=back "
            f"--vdev=net_vhost0,iface={SOCKET} -- -i {FEW_BUFFERS} --port-topology=loop")


class VirtioUser(Pools, LabCase):
    """Frames go from the NIC through virtio-user to another process, which returns them."""

    all_drivers = True
    nics = (Nic("e1000e", bridge=1, net="stream"),)

    def setUp(self):
        super().setUp()
        self.back = self.m.start(BACK_END)
        self.addCleanup(self.end_back)
        self.back.read_until(PROMPT, 120)
        self.back.write("start\n")

    def end_back(self):
        """The other process ends the normal way."""
        self.back.write("stop\nquit\n")
        self.assertEqual(self.back.wait(60), 0, self.back.output[-2000:])

    def test_memory_of_eal(self):
        """Each device has the addresses that it needs, of the same buffers."""
        with Testpmd(self.m, "-m 64 --single-file-segments "
                     f"--vdev=virtio_user0,path={SOCKET},queues=1") as pmd:
            result, _stats = pmd.traffic(FRAMES, ends=(0, 0))
            self.check_traffic(result, FRAMES)
            self.assertEqual(pmd.quit(), 0)
            self.check_release(pmd.output)

    def test_ddw_pool(self):
        """A pool whose memory is not EAL's is refused: the back end would not see its frames."""
        done = testpmd.run(self.m, f"-m 64 --single-file-segments {OPS} "
                           f"--vdev=virtio_user0,path={SOCKET},queues=1")
        self.assertNotEqual(done.rc, 0)
        self.check_one_pool_message(done.out, "DDW-pool-reach")
        self.assertIn("virtio_user0 cannot use pool mb_pool_0", done.out)


if __name__ == "__main__":
    unittest.main()
