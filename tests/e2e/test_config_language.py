"""collectd and holysheep-check parse configurations alike: hand-written texts,
random texts, and files with includes."""

import os
import random
import shutil
import subprocess

from harness import TestCase, build, private_folder

# One line each, so that an error in one does not hide another.
LINES = [
    # values without quotes
    "A 1", "A -1", "A +1", "A 1.5", "A .5", "A 5.", "A 1.5e3", "A 1.5e+3",
    "A 1e3", "A 0x1F", "A 0X1f", "A 0x", "A 0x1G", "A 010", "A -0x1F",
    "A 1.2.3", "A 1-2", "A 1_2", "A 12abc", "A 1.5abc", "A - 1", "A +",
    "A 99999999999999999999", "A 1.0e+999", "A -.5e-3x",
    "A true", "A yes", "A on", "A false", "A no", "A off", "A True", "A ON",
    "A trueish", "A on.5", "A true false 1 a", "A a.b", "A a-b", "A a=b",
    "A = 1", "A: 1", "A a,b", "A é", "A _", "A a\bb", "A\t1", "  A 1  ",
    # addresses
    "A 1.2.3.4", "A 1.2.3.4:80", "A 1.2.3.4:0", "A 1.2.3.4:65536",
    "A 1.2.3.256", "A 1.2.3.04", "A 01.2.3.4", "A 1.2.3.4.5", "A 1.2.3.4abc",
    "A ::", "A ::1", "A a::", "A a::b", "A abc::d:e", "A 1:2", "A 1:2:3",
    "A 1:2:3:4:5:6:7:8", "A 1:2:3:4:5:6:7:8:9", "A 1:2:3:4:5:6:1.2.3.4",
    "A ::1.2.3.4", "A ::ffff:1.2.3.4:80", "A [::1]", "A [::1]:80", "A [::1",
    "A [::1]:99999", "A [1.2.3.4]", "A fe80::1%eth0", "A 12345::1",
    "A 1::2:3:4:5:6:7", "A 1:2:3:4:5:6:7::", "A 1::2::3", "::1 A", "1.2.3.4 A",
    "A [1:2:3:4:5:6:255.255.255.255:65535]:65535x", "A ::1:80", "A a:b",
    # quotes
    'A "a"', 'A ""', 'A "a b"', 'A "a\\"b"', 'A "a\\\\"', 'A "a\\nb"',
    'A "\\a\\\\\\b"', 'A "a" "b"', 'A "a""b"', 'A a"b"c', 'A "a', 'A a"',
    'A "a\\"', 'A "#a" # "b"', 'A "a\nb"', 'A "a\r\nb"', 'A "a\\\nb"',
    'A "a\\\n   b"', 'A "a\\\n\t b\\\n  c"', 'A "a\\\r\nb"', 'A "a\\\r\n  b\\\nc"',
    'A "a\\\n"', 'A "a\\\n"\nB "c"', 'A "a\\\n\\"\nB 1', 'A "a\\\n\\b"',
    'A "a\\\n\n b"', 'A "a\\\n \\\n b"', 'A "a\\\n\\\nb"\nB "c"', 'A "a\\\n',
    'A "a\\', 'A "a\\\n  ', 'A "a\\\nb', 'A "\x01\x7f\xff"', "A 'a'",
    'A "a\\\n  "\nB "c d"\nC "e"', 'A "a\\\n b\\\r\nc',
    # invalid values
    "A", "A /", "A /a", "A a/b", "A <", "A >", "A <a>", "A #", "A # 1",
    "A 1 # <", "#", "# A 1", "", " ", "\\", "A \\ 1", "A 1 \\", "A \\\n1",
    "A \\\r\n1", "A 1\r", "A 1\r\r", "\r", "A\r1", "A 1 \\ \n2", "A 1;B 2",
    "true 1", "1 1", "1a 1", '"A" 1', "on", "A true\\\nfalse", "A\\\nB 1",
    "/ 1", "> 1", "=A 1", ".A 1",
    # blocks
    "<A>\n</A>", "<A>\nB 1\n</A>", "<A b>\n</A>", "<A>\n<B>\n</B>\n</A>",
    "<A>\n<B c>\n</B>\n</A>", "<A 1 true \"x\">\nB 1\n</A>", "<A></A>",
    "<A b></A>", "<A>\nB 1\n</a>", "<A>\nB 1\n</B>", "<A>\nB 1", "</A>",
    "<A\n>\n</A>", "< A >\nB 1\n< / A >", "<A>B 1\n</A>", "<A> # c\nB 1\n</A>",
    "<A>\nB 1</A>", "<A>\nB 1\n</A> C 1", "<A>\nB 1\n</A x>", "<>\n</>",
    "<1>\n</1>", '<"A">\nB 1\n</"A">', "<A \\\n b>\nB 1\n</A>", "<A/>",
    "<on>\nB 1\n</on>", "<A /b>\n</A>", "<A>\n\n# c\n\nB 1\n\n</A>",
    "<A>\n<B>\n<C>\nD 1\n</C>\nE 2\n</B>\n</A>\nF 3", "<A>\nB 1\n</A\n>",
    "<A ::1>\nB 1\n</A>", "<::1>\nB 1\n</::1>", "<A>\r\nB 1\r\n</A>\r",
]

PIECES = [
    "A", "B", "Relay", "key_1", "1", "0", "-", "+", ".", "5", "12", "0x", "1F",
    "e+3", "E-2", "true", "on", "no", "off", "a", "f", "ffff", ":", "::", "[",
    "]", "1.2.3.4", "255", "80", '"', '"a"', '"b c"', '""', "\\", "\\\n",
    "\\\r\n", "\\\"", "\r", "\n", "\n", "\n", "\r\n", " ", " ", " ", "\t", "\b",
    "#", "/", "<", ">", "<A>\n", "</A>\n", "<B b>\n", "</B>\n", "A 1\n",
    "=", ",", "é", "_",
]

WORDS = ["A", "1", "true", "x.y", '"q"', '"a\\"b"', "-5", "::1", "0x1F",
         '"l\\\n  m"', "\\\n", "#c"]


def random_text(chance):
    if chance.random() < 0.5:
        return "".join(chance.choices(PIECES, k=chance.randint(1, 20)))
    return random_block(chance, 0)


def random_block(chance, depth):
    """Mostly valid."""
    lines = []
    for _ in range(chance.randint(0, 4)):
        if depth < 5 and chance.random() < 0.4:
            name = chance.choice("AB")
            argument = chance.choice(["", ' "x"', " y", " 1 2"])
            lines.append(f"<{name}{argument}>\n"
                         f"{random_block(chance, depth + 1)}</{name}>")
        else:
            lines.append(" ".join(["Key", *chance.choices(
                WORDS, k=chance.randint(1, 4))]))
    text = "".join(line + chance.choice(["\n", "\n", "\r\n", "\n\n"])
                   for line in lines)
    if chance.random() < 0.05:
        at = chance.randint(0, len(text))
        text = text[:at] + chance.choice(PIECES) + text[at:]
    return text


def texts():
    yield from (line.encode("latin-1") + b"\n" for line in LINES)
    yield from (line.encode("latin-1") for line in LINES)  # the last line
    yield from (b"Z 1\n" + line.encode("latin-1") + b"\nZ \"2\"\n"
                for line in LINES)
    chance = random.Random(20261128)
    for _ in range(600):
        yield random_text(chance).encode("latin-1")


def run_collectd(folder, config, **environment):
    (folder / "collectd.conf").write_text(config)
    return subprocess.run(
        [shutil.which("collectd"), "-T", "-C", folder / "collectd.conf"],
        env={"PATH": os.environ["PATH"], **environment}, cwd=folder,
        capture_output=True, timeout=120 * build.slack())


def head(folder):
    plugins = build.built("oconfig.so").parent
    return (f'BaseDir "{folder}"\nFQDNLookup false\n'
            f'TypesDB "/usr/share/collectd/types.db"\n'
            f'PluginDir "{plugins}"\nLoadPlugin oconfig\n')


class Parsing(TestCase):
    def test_same_result_as_collectd(self):
        folder = private_folder() / "texts"
        folder.mkdir()
        paths = []
        for number, text in enumerate(texts()):
            paths.append(folder / f"{number:05}.conf")
            paths[-1].write_bytes(text)
        run_collectd(folder.parent, head(folder.parent),
                     OCONFIG_FOLDER=str(folder))
        subprocess.run([build.built("config-tree-dump"), *paths], check=True)
        refused = 0
        for path in paths:
            ours = path.with_suffix(".ours").read_text()
            theirs = path.with_suffix(".collectd").read_text()
            refused += theirs == "refused\n"
            if ours.startswith("refused\n"):
                self.assertRegex(ours, rf"\Arefused\n{path}:\d+: .+\n\Z")
                ours = "refused\n"
            with self.subTest(path.read_bytes()):
                self.assertEqual(ours, theirs)
        # There are many accepted and many rejected texts.
        self.assertGreater(refused, 300)
        self.assertGreater(len(paths) - refused, 300)


FOLDER = {
    "b.conf": '<Plugin oconfig>\n  B "b"\n</Plugin>\n',
    "a.conf": '<Plugin OConfig>\n  A 1.5\n</Plugin>\nPlugin oconfig\n',
    ".hidden.conf": '<Plugin oconfig>\n  Hidden 1\n</Plugin>\n',
    "c.bak": '<Plugin oconfig>\n  C 1\n</Plugin>\n',
    "empty.conf": "",
    "sub/d.conf": '<Plugin oconfig>\n  D 1\n  Include "not"\n</Plugin>\n',
    "more.conf": 'Include "{}/b.conf"\n<Plugin oconfig>\n  E 1\n</Plugin>\n',
}

INCLUDES = [
    'Include "{}/a.conf"\n',
    'Include "{}/*.conf"\n',
    'Include "{}"\n',
    'include "{}/[ab].conf"\nInclude "{}/c.bak"\n',
    '<Include "{}">\n  Filter "*.conf"\n</Include>\n',
    '<INCLUDE "{}">\n  FILTER "?.*"\n</INCLUDE>\n',
    '<Include "{}/*">\n  Filter "[!m]*.conf"\n</Include>\n',
    '<Include "{}/[ab].conf">\n  Filter "*.conf"\n</Include>\n',
    '<Include "{}/a.conf">\n  Filter "*.bak"\n</Include>\n',
    '<Include "{}">\n</Include>\n',
    'Include "{}/b.conf {}/a.conf"\n',
    'Include "{}/none*"\n',
    'Include "{}/more.conf"\nInclude "{}/more.conf"\n',
    'Include "{}/itself.conf"\n',
    'Include "{}/$NOBODY/b.conf"\n',
    'Include "$(echo {}/a.conf)"\n',
    'Include "{}/a.conf;"\n',
    '<Plugin oconfig>\n  Include "{}/a.conf"\n</Plugin>\n',
]


class Includes(TestCase):
    """The blocks of all files in order, or none if collectd does not start."""

    def setUp(self):
        self.folder = private_folder()
        self.files = self.folder / "files"
        for name, text in FOLDER.items():
            path = self.files / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("{}", str(self.files)))

    def read_both(self, text):
        blocks = self.folder / "blocks"
        blocks.write_text("")
        done = run_collectd(self.folder, head(self.folder) + text,
                            OCONFIG_BLOCKS=str(blocks))
        ours = subprocess.run(
            [build.built("config-tree-dump"), "--blocks",
             self.folder / "collectd.conf"], capture_output=True, text=True)
        return ((done.returncode == 0, blocks.read_text()),
                (ours.returncode == 0, ours.stdout))

    def test_same_result_as_collectd(self):
        for include in INCLUDES:
            with self.subTest(include):
                (self.files / "itself.conf").unlink(missing_ok=True)
                if "itself" in include:
                    (self.files / "itself.conf").write_text(
                        f'Include "{self.files}/itself.conf"\n')
                text = include.replace("{}", str(self.files))
                theirs, ours = self.read_both(
                    "<Plugin oconfig>\n  First 1\n</Plugin>\n" + text +
                    "<Plugin oconfig>\n  Last 1\n</Plugin>\n")
                self.assertEqual(ours, theirs)
