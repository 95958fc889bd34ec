#!/usr/bin/env python3
"""Each kind of offence against the layers is found, and named with its line."""

import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import layers  # noqa: E402


class Layers(unittest.TestCase):
    def found(self, **files):
        """What is found in a tree of these files, named `folder__file`."""
        with tempfile.TemporaryDirectory() as root:
            src = pathlib.Path(root) / "src"
            names = [name.replace("__", "/") + ".c" for name in files]
            src.mkdir()
            (src / "src.am").write_text(
                " ".join(f"src/{name}" for name in names))
            for name, text in zip(names, files.values()):
                (src / name).parent.mkdir(exist_ok=True)
                (src / name).write_text(text)
            return layers.check(pathlib.Path(root))

    def test_what_is_right(self):
        self.assertEqual(self.found(
            base__a='#include "base/a.h"\n#include <stdio.h>\n',
            engine__b='#include "state/b.h"\n/* time() is not called */\n',
            http__c='#include "engine/c.h"\n\n#include <curl/curl.h>\n',
            http__system_clock="  clock_gettime(CLOCK_REALTIME, &now);\n",
            collectd__d='#include "http/d.h"\n#include <plugin.h>\n',
            check__e='#include "config/e.h"\n  puts("time (s)");\n'), [])

    def test_upwards(self):
        for folder, header in (("base", "model/x.h"), ("model", "probe/x.h"),
                               ("state", "engine/x.h"), ("engine", "http/x.h"),
                               ("http", "config/x.h"), ("config", "http/x.h"),
                               ("config", "engine/x.h"),
                               ("check", "collectd/x.h"),
                               ("collectd", "check/x.h")):
            with self.subTest(folder=folder, header=header):
                text = f'#include "{folder}/a.h"\n\n#include "{header}"\n'
                self.assertEqual(
                    self.found(**{f"{folder}__a": text}),
                    [f"src/{folder}/a.c:3: {folder}/ may not include "
                     f"{header}"])

    def test_foreign_headers(self):
        for folder, header, owner in (("engine", "curl/curl.h", "http"),
                                      ("check", "openssl/ssl.h", "http"),
                                      ("http", "plugin.h", "collectd"),
                                      ("config", "liboconfig/oconfig.h",
                                       "collectd")):
            with self.subTest(folder=folder, header=header):
                self.assertEqual(
                    self.found(**{f"{folder}__a": f"#include <{header}>\n"}),
                    [f"src/{folder}/a.c:1: only {owner}/ may include "
                     f"{header}"])

    def test_a_header_without_its_folder(self):
        self.assertEqual(self.found(state__a='#include "b.h"\n'),
                         ["src/state/a.c:1: b.h does not name its folder"])

    def test_a_file_outside(self):
        for name in ("other__a", "a"):
            with self.subTest(name=name):
                self.assertRegex(self.found(**{name: ""})[0],
                                 r"a\.c:1: is in none of the folders")

    def test_clocks(self):
        for call in ("time(NULL)", "clock_gettime(CLOCK_MONOTONIC, &now)",
                     "gettimeofday(&now, NULL)"):
            with self.subTest(call=call):
                self.assertRegex(
                    self.found(state__a=f"\n  x = {call};\n")[0],
                    r"^src/state/a\.c:2: only http/system_clock\.c may call ")

    def test_long_files(self):
        self.assertEqual(self.found(base__a="\n" * 500), [])
        self.assertEqual(
            self.found(base__a="\n" * 501),
            ["src/base/a.c:501: has 501 lines, 500 at most are allowed"])

    def test_long_functions(self):
        begin = "static bool\nlong_one(int a,\n         int b) {\n"
        self.assertEqual(
            self.found(base__a=begin + "  a++;\n" * 58 + "}\n"), [])
        self.assertEqual(
            self.found(base__a=begin + "  a++;\n" * 59 + "}\n"),
            ["src/base/a.c:2: long_one() has 61 lines, 60 at most are "
             "allowed"])

    def test_long_tables(self):
        self.assertEqual(self.found(
            base__a="static const int a[] = {\n" + "  1,\n" * 99 + "};\n"), [])

    def test_nothing_at_all(self):
        self.assertEqual(self.found(), ["src/src.am: no sources"])


if __name__ == "__main__":
    unittest.main()
