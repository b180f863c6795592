# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""All stages of "make test": what each of them runs, and what it needs."""

import glob
import os
import sys

from .stage import log_path, stage

SANITIZERS = {"ASAN_OPTIONS": "halt_on_error=1:abort_on_error=0",
              "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}
ALL_LAB_TESTS = "test_*.py"
PACKAGES = "packages"
# The emulator may end over this when a device is closed, whatever the program does: lab/README.md.
# And a guest may stand still, or be too slow on a host that is busy. What a program of ours does
# to it, it does again.
EMULATOR = (r"qemu-system-ppc64: .*Assertion .* failed|"
            r"error: a command in the guest took too long: .*|timed out after \d+ seconds")
# What every emulated machine needs.
LAB = (PACKAGES, "build ppc64el gcc", "image")
# What takes clearly longer than the others, in seconds: so that the first run on a machine
# starts with it, too.
LONG = {"lab mempool": 400, "lab dma32": 400, "lab openvswitch": 240, "lab contiguous": 190,
        "lab external_memory": 150, "lab bad_input": 150, "lab mempool_demand": 140,
        "lab eal_options": 140, "lab bench": 140, "lab guides": 130, "lab scenarios": 120,
        "lab edu_dmadev": 110}


def build(name, compiler, *options, env=None, expected=(80, 80)):
    """Stages that configure, build and test on this machine."""
    folder = f"build/test-{name}"
    setup = ("setup", *(("--reconfigure",) if os.path.exists(folder + "/build.ninja") else ()))
    script = 'meson "$@" && ninja ${DDW_JOBS:+-j $DDW_JOBS} -C ' + folder
    return (stage("build " + name, "check", "sh", "-c", script, "sh", *setup, "-Dwerror=true",
                  "-Dtests=enabled", *options, folder, env={"CC": compiler}, after=(PACKAGES,),
                  expected=expected[0]),
            stage("tests " + name, "meson", "meson", "test", "-C", folder, "--no-rebuild",
                  "--print-errorlogs", env=env, after=("build " + name,), expected=expected[1]))


def python_tests(name, *words, **options):
    """A stage of Python unit tests."""
    item = stage(name, "unittest", **options)
    path = os.pathsep.join(("lab", "devtools", "tests/lab"))
    return item._replace(command=(sys.executable, "devtools/unittest-json",
                                  log_path(item, "json"), "discover", *words),
                         env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"})


def suite_stage(name):
    """Which suite it is, and the packages for its image and sysroot; before all others."""
    return stage("suite", "check", "lab/power", "choose", "--suite", name)


def first_stages(suite):
    """What all others need."""
    return [
        stage(PACKAGES, "check", "lab/power", "deps"),
        stage("build ppc64el gcc", "check", "devtools/cross-build", "--stage", suite,
              after=(PACKAGES,)),
    ]


def host_stages(suite):
    """What needs no emulated machine."""
    packages = (PACKAGES,)
    return [
        # Without debug information the compilers are a quarter faster.
        *build("gcc", "gcc", "-Ddebug=false"),
        *build("clang", "clang", "-Ddebug=false"),
        # Optimised as little as the sanitizers need: they make the compiler slow.
        *build("sanitizers", "gcc", "-Doptimization=1", "-Dc_args=-g1",
               "-Db_sanitize=address,undefined", "-Db_lundef=false", env=SANITIZERS,
               expected=(90, 100)),
        stage("tests threads", "check", "devtools/test-threads", after=packages),
        stage("coverage", "check", "devtools/coverage", after=packages, expected=120),
        stage("build ppc64el clang", "check", "devtools/cross-build", "--compiler", "clang",
              suite, after=packages),
        stage("doc", "check", "devtools/build-doc", "build/doc", after=packages, expected=20),
        stage("lint", "lint", "devtools/lint", "build/test-gcc", after=("build gcc",),
              expected=200),
        python_tests("tools of the lab", "-s", "lab/tests", "-t", "lab", after=packages),
        python_tests("dev tools", "-s", "tests/devtools", after=packages, expected=10),
        python_tests("guides", "-s", "tests/doc", after=packages, expected=120, limit=1800),
    ]


def lab_stages(suite, pattern, soak):
    """The image, one stage per file of lab tests, and "make demo" when all were asked for."""
    items = [stage("image", "check", "lab/power", "image", "--suite", suite, after=(PACKAGES,),
                   limit=1200)]
    for path in sorted(glob.glob(os.path.join("tests/lab", pattern))):
        name = "lab " + os.path.basename(path)[:-3].removeprefix("test_")
        items.append(python_tests(name, "-s", "tests/lab", "-p", os.path.basename(path),
                                  after=LAB, expected=LONG.get(name, 60), again=EMULATOR,
                                  limit=7200 if soak else 1200))
    if len(items) == 1:
        # Nothing matched: a stage that fails and says so.
        items.append(stage("lab", "check", "sh", "-c", 'echo "no test matches $1"; false', "sh",
                           "tests/lab/" + pattern))
    elif pattern == ALL_LAB_TESTS:
        items.append(stage("make demo", "check", "lab/demo", "--suite", suite, after=LAB))
    return items
