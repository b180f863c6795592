# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
#
# Short names for common jobs. The build is meson's and works without this file.

SUITE ?= auto
MESON_FLAGS ?= -Dwerror=true
TEST_FLAGS ?=
BENCH_FLAGS ?=
MATRIX_FLAGS ?=
# A DPDK of your own for the POWER machine, instead of the one of the suite.
DPDK ?=
ifneq ($(DPDK),)
export DDW_LAB_DPDK := $(abspath $(DPDK))
endif
export MESON_FLAGS SUITE

# What compilers made is kept beside the images of the lab. Fresh checkouts at other places use
# it too; debug information may then name the folder of another one.
DDW_CACHE := $(shell realpath -m -- "$${DDW_LAB_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/dpdk-ddw}")
export CCACHE_DIR ?= $(DDW_CACHE)/ccache
export CCACHE_BASEDIR = $(CURDIR)
export CCACHE_NOHASHDIR = 1
export CCACHE_MAXSIZE ?= 2G
export PATH := /usr/lib/ccache:$(PATH)

# Bench programs run without hugepages and devices, on two cores.
BENCH_EAL = --no-huge --no-pci --no-shconf --no-telemetry --iova-mode=va -l 0-1

.PHONY: all ppc64el deps test check soak matrix lint format coverage demo doc bench bench-lib \
	bench-mempool dpdk-tests install clean help

# Each job uses all cores by itself, and some install what the next one needs.
.NOTPARALLEL:

all: build/host/build.ninja
	ninja -C build/host

build/host/build.ninja:
	@devtools/need-deps host
	meson setup $(MESON_FLAGS) build/host

ppc64el:
	@devtools/need-deps cross
	devtools/cross-build --stage $(SUITE)

deps:
	lab/power deps

test:
	@devtools/run-tests --suite $(SUITE) $(TEST_FLAGS)

check: all
	@devtools/need-deps check
	@[ -e build/host/tests/unit/test_histories ] || \
		{ meson setup --reconfigure -Dtests=enabled build/host && ninja -C build/host; }
	devtools/check build/host

soak:
	@devtools/run-tests --suite $(SUITE) --soak $(TEST_FLAGS)

matrix:
	@devtools/matrix $(MATRIX_FLAGS)

lint: all
	@devtools/need-deps lint
	devtools/lint build/host

format:
	find . \( -name build -o -name '.?*' \) -prune -o -name '*.[ch]' -exec clang-format -i {} +

coverage:
	@devtools/need-deps coverage
	devtools/coverage

doc:
	@devtools/need-deps doc
	devtools/build-doc build/doc

demo: deps ppc64el
	lab/demo --suite $(SUITE)

bench: deps ppc64el
	@devtools/need-deps bench
	lab/bench --suite $(SUITE) $(BENCH_FLAGS)

bench-lib: all
	build/host/tests/bench/bench_lib
	build/host/tests/bench/bench_external

bench-mempool: deps all ppc64el
	mkdir -p results
	build/host/tests/bench/bench_mempool $(BENCH_EAL) -m 512 -- --json results/mempool-host.json
	tests/bench/perf_autotest.py --test mempool_perf_autotest \
		--short-second build/host/tests/bench/short_second.so \
		--json results/mempool-host-autotest.json -- $(BENCH_EAL) -m 1024 \
		-d $(CURDIR)/build/host/lib/mempool_ddw/librte_mempool_ddw.so
	lab/bench-mempool --suite $(SUITE)

dpdk-tests: deps ppc64el
	lab/dpdk-tests --suite $(SUITE)

install: all
	meson install -C build/host

clean:
	rm -rf build

help:
	@echo "make                build for this machine (build/host)"
	@echo "make ppc64el        build for POWER and stage in build/ppc64el/stage"
	@echo "make deps           install the packages that everything here needs (apt)"
	@echo "make demo           show stock DPDK and the plugin on an emulated POWER machine"
	@echo "make test           run all tests; TEST_FLAGS='--only host' or '--only lab' for a part"
	@echo "make check          the inner loop: unit tests, lint of what changed; minutes at most"
	@echo "make soak           make test with many more rounds; takes hours"
	@echo "make matrix         the lab tests on every available suite; takes hours"
	@echo "make lint format    check the sources; format the C sources"
	@echo "make coverage       show how much of libddw the unit tests run"
	@echo "make doc            build guides, manual pages, pages of the headers (build/doc)"
	@echo "make bench          measure beside stock DPDK on emulated machines: results/bench.md"
	@echo "make bench-lib      measure planner, allocator, ledger and external memory by themselves"
	@echo "make bench-mempool  measure the pools of lib/mempool_ddw, here and on an emulated machine"
	@echo "make dpdk-tests     DPDK's own fast tests, without the plugin and with it"
	@echo "make install        install the build for this machine (DESTDIR is honoured)"
	@echo "make clean          remove build/"
	@echo "SUITE=trixie|forky|sid|bookworm picks the Debian suite of the POWER machine; auto, the"
	@echo "default, is the first available one (now: $(SUITE))"
	@echo "DPDK=DIR uses an installed DPDK for ppc64el in the place of the suite's; see lab/README.md"
