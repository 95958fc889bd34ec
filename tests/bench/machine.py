"""The machine on which the figures were measured."""

import os
import pathlib
import re
import shutil
import subprocess

import build


def _first(pattern, text):
    found = re.search(pattern, text, re.M)
    return found[1] if found else "?"


def _said(*argv):
    return subprocess.run([str(part) for part in argv], text=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT).stdout


def line(*peers):
    """One line; `peers` are further programs whose versions it includes."""
    cpu = _first(r"^model name\s*: (.*)$",
                 pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(_first(r"^MemTotal:\s+(\d+)",
                        pathlib.Path("/proc/meminfo").read_text()))
    parts = [f"{cpu}, {os.cpu_count()} cores, {memory / 2**20:.0f} GB",
             f"Linux {os.uname().release}",
             "collectd " + _first(r"collectd (\d[\w.]*)",
                                  _said(shutil.which("collectd"), "-h")),
             *_said(build.built("bare-libcurl"), "--version").split()[:2]]
    parts += [f"{name} " + _first(r"version (\S+)",
                                  _said(shutil.which(name), "--version"))
              for name in peers]
    return ", ".join(parts)
