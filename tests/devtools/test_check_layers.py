# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""devtools/check-layers: each kind of fault, planted in a small tree that is really compiled."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
LAYERS = """
[lib/a]
prefix = a_
public = a.h
top =
low =
high = low

[app/test-b]
prefix = b_
uses = lib/a
top =
"""
FILES = {
    "devtools/layers": LAYERS,
    "lib/a/a.h": "int a_one(void);\nint a_three(void);\n",
    "lib/a/low/one.h": "int a_one(void);\nextern int a_value;\n",
    "lib/a/low/one.c": '#include "low/one.h"\nint a_value = 1;\nint a_one(void) '
                       "{ return a_value; }\n",
    "lib/a/low/two.h": "/* Of two.c, and a_one() of one.c. */\nint a_two(int (*f)(void));\n",
    "lib/a/low/two.c": '#include "low/one.h"\n#include "low/two.h"\n'
                       "static int own(void) { return a_one(); }\n"
                       "int a_two(int (*f)(void)) { return own() + f(); }\n",
    "lib/a/high/three.h": "int a_three(void);\n",
    "lib/a/high/three.c": '#include "high/three.h"\n#include "low/two.h"\n'
                          '#include "low/one.h"\nint a_three(void) { return a_two(a_one); }\n',
    "app/test-b/b.c": '#include "a.h"\nint main(void) { return a_three(); }\n',
}
# Which sources each target compiles.
TARGETS = {"lib/a/a.p": ["lib/a/low/one.c", "lib/a/low/two.c", "lib/a/high/three.c"],
           "app/test-b/b.p": ["app/test-b/b.c"]}


def compile_all(tree, targets):
    """Compiles as meson does, and leaves what it leaves in its build directory."""
    entries = []
    for target, sources in targets.items():
        for source in sources:
            output = f"{target}/{source.replace('/', '_')}.o"
            os.makedirs(os.path.join(tree, "build", target), exist_ok=True)
            subprocess.run(["cc", "-c", f"../{source}", "-I../lib/a", "-o", output],
                           cwd=os.path.join(tree, "build"), check=True)
            entries.append({"directory": os.path.join(tree, "build"), "file": f"../{source}",
                            "output": output})
    with open(os.path.join(tree, "build/compile_commands.json"), "w", encoding="ascii") as stream:
        json.dump(entries, stream)


class CheckLayers(unittest.TestCase):
    """In a small tree of its own."""

    def check(self, status, *expected, targets=None, **changes):
        """Writes the tree with changes, compiles and checks it; these faults and no others."""
        with tempfile.TemporaryDirectory() as tree:
            for name, text in {**FILES, **changes}.items():
                os.makedirs(os.path.dirname(os.path.join(tree, name)), exist_ok=True)
                with open(os.path.join(tree, name), "w", encoding="ascii") as stream:
                    stream.write(text)
            script = shutil.copy(os.path.join(ROOT, "devtools/check-layers"),
                                 os.path.join(tree, "devtools"))
            if status < 2 or targets:
                compile_all(tree, targets or TARGETS)
            done = subprocess.run([script, os.path.join(tree, "build")], capture_output=True,
                                  text=True, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        if status == 2:
            self.assertIn(expected[0], done.stderr)
        else:
            last = "not ok check-layers" if expected else "ok check-layers"
            self.assertEqual(done.stdout.splitlines(), [*expected, last])

    def layers(self, old, new):
        """The map with one change, as an argument of check()."""
        self.assertIn(old, LAYERS)
        return {"devtools/layers": LAYERS.replace(old, new)}

    def test_tree_without_fault_passes(self):
        self.check(0)

    def test_circle_of_functions_is_found(self):
        one = FILES["lib/a/low/one.c"] + '#include "low/two.h"\n' \
            "int a_back(void) { return a_two(a_one); }\n"
        self.check(1, "lib/a: circle of 2 files: one.c -> two.c (a_two), two.c -> one.c (a_one)",
                   **{"lib/a/low/one.c": one, "lib/a/low/one.h": FILES["lib/a/low/one.h"]
                      + "int a_back(void);\n"})

    def test_circle_by_way_of_data_is_found(self):
        two = FILES["lib/a/low/two.c"] + "extern int a_value;\nint a_get(void);\n" \
            "int a_get(void) { return a_value; }\n"
        one = "int a_get(void);\nint a_value = 1;\nint a_one(void) { return a_get(); }\n"
        self.check(1, "lib/a: circle of 2 files: one.c -> two.c (a_get), two.c -> one.c (a_one)",
                   **{"lib/a/low/one.c": '#include "low/one.h"\n' + one, "lib/a/low/two.c": two})

    def test_call_of_a_higher_room_is_found(self):
        one = FILES["lib/a/low/one.c"] + "int a_up(void);\nint a_up(void) { return a_more(); }\n"
        more = FILES["lib/a/high/three.c"] + '#include "high/more.h"\nint a_more(void) ' \
            "{ return 1; }\n"
        self.check(1, "lib/a: circle of 3 files: three.c -> one.c (a_one), three.c -> two.c "
                   "(a_two), one.c -> three.c (a_more), two.c -> one.c (a_one)",
                   "lib/a/low/one.c uses lib/a/high/three.c (a_more): low may not use high",
                   **{"lib/a/low/one.c": "int a_more(void);\n" + one, "lib/a/high/three.c":
                      more.replace('#include "high/more.h"\n', "int a_more(void);\n")})

    def test_header_of_a_higher_room_is_found(self):
        self.check(1, "lib/a/low/one.c uses lib/a/high/three.h (#include high/three.h): low may "
                   "not use high",
                   **{"lib/a/low/one.c": '#include "high/three.h"\n' + FILES["lib/a/low/one.c"]})

    def test_library_that_includes_an_application_is_found(self):
        self.check(1, "lib/a/low/one.c uses app/test-b/b.h (#include ../../../app/test-b/b.h): "
                   "lib/a may not use app/test-b",
                   **{"lib/a/low/one.c": '#include "../../../app/test-b/b.h"\n'
                      + FILES["lib/a/low/one.c"], "app/test-b/b.h": "struct b;\n"})

    def test_room_that_the_map_lacks_is_found(self):
        self.check(1, "lib/a/high/three.c uses lib/a/low/one.c (a_one): high may not use low",
                   "lib/a/high/three.c uses lib/a/low/one.h (#include low/one.h): high may not "
                   "use low",
                   "lib/a/high/three.c uses lib/a/low/two.c (a_two): high may not use low",
                   "lib/a/high/three.c uses lib/a/low/two.h (#include low/two.h): high may not "
                   "use low", **self.layers("high = low", "high ="))

    def test_name_without_prefix_is_found(self):
        self.check(1, "lib/a/low/one.c: bare does not begin with a_",
                   **{"lib/a/low/one.c": FILES["lib/a/low/one.c"] + "int bare;\n"})

    def test_header_of_another_file_is_found(self):
        two = FILES["lib/a/low/two.h"] + "int\na_one(void);\n"
        self.check(1, "lib/a/low/two.h declares a_one, which lib/a/low/one.c defines",
                   **{"lib/a/low/two.h": two})

    def test_header_of_another_file_is_found_however_it_is_written(self):
        for line, name in (("FILE *a_one(void);", "a_one"), ("extern int a_value;", "a_value"),
                           ("__attribute__((pure)) int a_one(void);", "a_one")):
            with self.subTest(line):
                self.check(1, f"lib/a/high/three.h declares {name}, which lib/a/low/one.c defines",
                           **{"lib/a/high/three.h": FILES["lib/a/high/three.h"] + line + "\n",
                              "lib/a/high/three.c": "#define FILE int\n"
                              "int a_three(void);\nint a_three(void) { return 3; }\n"})

    def test_circle_of_headers_is_found(self):
        self.check(1, "lib/a: circle of 2 files: one.h -> two.h (#include low/two.h), "
                   "two.h -> one.h (#include low/one.h)",
                   **{"lib/a/low/one.h": "#pragma once\n#include <low/two.h>\n"
                      + FILES["lib/a/low/one.h"], "lib/a/low/two.h": "#pragma once\n"
                      "# include \"low/one.h\"\n" + FILES["lib/a/low/two.h"]})

    def test_weak_names_count(self):
        weak = "__attribute__((weak)) int bare;\n__attribute__((weak)) int a_three(void);\n" \
            "int a_ask(void);\nint a_ask(void) { return a_three != 0; }\n"
        self.check(1, "lib/a: circle of 3 files: three.c -> one.c (a_one), three.c -> two.c "
                   "(a_two), one.c -> three.c (a_three), two.c -> one.c (a_one)",
                   "lib/a/low/one.c uses lib/a/high/three.c (a_three): low may not use high",
                   "lib/a/low/one.c: bare does not begin with a_",
                   **{"lib/a/low/one.c": FILES["lib/a/low/one.c"] + weak})

    def test_source_that_is_not_compiled_is_found(self):
        self.check(1, "lib/a/low/extra.c is not compiled",
                   **{"lib/a/low/extra.c": "int bare;\n"})

    def test_file_without_a_room_is_found(self):
        self.check(1, "lib/a/odd/four.h: devtools/layers has no room odd in [lib/a]",
                   **{"lib/a/odd/four.h": "struct a_four;\n"})

    def test_source_of_another_product_is_found(self):
        self.check(1, "lib/a/low/one.c is compiled by app/test-b",
                   targets={**TARGETS, "app/test-b/b.p": ["app/test-b/b.c", "lib/a/low/one.c"]})

    def test_rule_for_later_is_not_checked(self):
        changes = self.layers("public = a.h", "public = a.h\nlater = names")
        self.check(0, **changes,
                   **{"lib/a/low/one.c": FILES["lib/a/low/one.c"] + "int bare;\n"})

    def test_bad_map_and_missing_build_are_told(self):
        for old, new, message in (
                ("low =", "low = high", "[lib/a] is a circle: "),
                ("high = low", "high = deep", "[lib/a] names rooms without a line: ['deep']"),
                ("public = a.h", "later = all", "later = takes circles, arrows, names, headers"),
                ("[lib/a]", "lib/a", "devtools/layers: ")):
            with self.subTest(new):
                self.check(2, message, **self.layers(old, new))
        self.check(2, "build is not a configured build")

    def test_build_without_a_product_is_told(self):
        self.check(2, "build has nothing of lib/a: build with the plugin",
                   targets={"app/test-b/b.p": ["app/test-b/b.c"]})


if __name__ == "__main__":
    unittest.main()
