"""Errors in the configuration: each stops collectd at start with one line that
says what would be right. holysheep-check --config prints the same line, with
its location."""

import re
import subprocess

from check import run_check
from harness import (TestCase, build, plugin_block, private_folder,
                     relay_block)

# Lines inside <Relay "main"> with a valid key, and the message after
# `holysheep plugin: Relay "main": `.
IN_RELAY = [
    ("Timeout 30", "Timeout 30: is in milliseconds, did you mean 30000?"),
    ("Timeout 0", "Timeout 0: must be a number from 100 to 600000"),
    ("Timeout 600001",
     "Timeout 600001: must be a number from 100 to 600000"),
    ("Timeout 1000.5", "Timeout 1000.5: must be a whole number"),
    ('Timeout "5000"', 'Timeout "5000": must be a number without quotes'),
    ("Timeout true", "Timeout true: must be a number without quotes"),
    ("Interval 0", "Interval 0: must be a number from 0.1 to 86400"),
    ("Interval -1", "Interval -1: must be a number from 0.1 to 86400"),
    ("Interval 1e3", 'Interval "1e3": must be a number without quotes'),
    ("RetryInterval 0.01",
     "RetryInterval 0.01: must be a number from 0.1 to 86400"),
    ("Intervall 10", "Intervall: unknown key, did you mean Interval?"),
    ("Proxi 10", "Proxi: unknown key, did you mean Proxy?"),
    ("Frobnicate 10",
     "Frobnicate: unknown key, see collectd-holysheep(5)"),
    ("MaxTokens 5", "MaxTokens: is only allowed in <Chat>, <Messages> or "
     "<Responses>"),
    ("RemainingKey \"a\"", "RemainingKey: is only allowed in <Billing>"),
    ("MaxConnections 5", "MaxConnections: is only allowed in <Plugin>"),
    ("Interval 10\nINTERVAL 10", "Interval: is given twice"),
    ("Interval 10 20", "Interval: takes one value, not 2"),
    ("<Interval>\n  Path \"/\"\n</Interval>",
     "Interval: must be a value, not a block"),
    ('KeepAlive "true"',
     'KeepAlive "true": must be true or false without quotes'),
    ("VerifyPeer 1", "VerifyPeer 1: must be true or false without quotes"),
    ('AddressFamily "ipv5"',
     'AddressFamily "ipv5": must be "any", "ipv4" or "ipv6"'),
    ('CACert "ca.pem"',
     "CACert: must be an absolute path: collectd changes its working "
     "directory after it has read its configuration"),
    ('CACert "/nowhere/ca.pem"',
     'CACert "/nowhere/ca.pem": cannot be read: No such file or directory'),
    ('KeyExpires "soon"',
     'KeyExpires "soon": must be a date such as "2027-01-31"'),
    ('KeyExpires "2027-02-30"',
     'KeyExpires "2027-02-30": this date does not exist'),
    ('Proxy "ftp://proxy.test"',
     'Proxy "ftp://proxy.test": must be an HTTP proxy with its port, such as '
     'http://proxy.example:3128'),
    ('Header "X-Token"', 'Header: must be "Name: value"'),
    ('Header "X Token: hidden"', 'Header: must be "Name: value"'),
    ('Header "X-Token: hid\nden"',
     'Header: must be "Name: value", with a value and on one line'),
    ('Header "Authorization: hidden"',
     "Header: Authorization is set by the plugin itself"),
    ('<Models>\n  Path "models"\n</Models>',
     'Models: Path "models": must be a path that starts with /'),
    ('<Models>\n  Path "/a b"\n</Models>',
     'Models: Path "/a b": contains a character that is not allowed in the '
     'path of a URL; write it as %XX'),
    ('<Models>\n  Prompt "x"\n</Models>',
     "Models: Prompt: is only allowed in <Chat>, <Messages>, <Responses> or "
     "<Embeddings>"),
    ('<Models "x">\n  Path "/models"\n</Models>',
     "Models: the block takes no argument"),
    ('<Models>\n  Path "/a"\n</Models>\n<Models>\n  Path "/b"\n</Models>',
     "Models: is given twice"),
    ('<Billing>\n  Scale 0\n</Billing>',
     "Billing: Scale 0: must be a number from 1e-12 to 1e+12"),
    ('<Billing>\n  RemainingKey ""\n</Billing>',
     'Billing: RemainingKey "": must not be empty'),
    ('<Chat "m">\n  MaxTokens 0\n</Chat>',
     'Chat "m": MaxTokens 0: must be a number from 1 to 100000'),
    ('<Chat "m">\n  Share 0\n</Chat>',
     'Chat "m": Share 0: must be a number from 1 to 1000'),
    ('<Chat "m">\n  Interval 600\n  Share 300\n</Chat>',
     "Chat \"m\": Share 300: at Interval 600 s, a host's turn would come every "
     "180000 s: must be at most 144"),
    ('<Chat "m">\n  Timeout 30\n</Chat>',
     'Chat "m": Timeout 30: is in milliseconds, did you mean 30000?'),
    ("<Chat>\n  MaxTokens 5\n</Chat>",
     "Chat: requires one name in quotes"),
    ('<Chat "m">\n  MaxTokens 5\n</Chat>\n<Chat "m">\n  MaxTokens 6\n</Chat>',
     'Chat "m": another model looks the same in the metrics: give one of '
     'them a Label'),
    ('<Chat "a,b">\n  MaxTokens 5\n</Chat>\n'
     '<Chat "a=b">\n  MaxTokens 6\n</Chat>',
     'Chat "a=b": another model looks the same in the metrics: give one of '
     'them a Label'),
    ('<Chat "{}">\n  MaxTokens 5\n</Chat>'.format("m" * 100),
     'Chat "{}": the name is too long for a collectd label: set Label, at '
     'most 55 bytes'.format("m" * 100)),
    ("MaxRequests 0", "MaxRequests 0: must be a number from 1 to 10000"),
    ("MaxRequests 5 0.5",
     "MaxRequests 0.5: must be a number from 1 to 86400"),
    ("MaxRequests 5 60 7",
     "MaxRequests: takes one to 2 values, not 3"),
    ('Reference "true"',
     'Reference "true": must be true or false without quotes'),
    ('<Billing "newapi">\n  Scale 1\n</Billing>',
     'Billing "newapi": must be "holysheep", "new-api", "openrouter", '
     '"deepseek", "sub2api", "siliconflow", "moonshot" or "auto"'),
    *((f'<Billing "auto">\n  {key} "{value}"\n</Billing>',
       f'Billing "auto": {key}: is only allowed without "auto", which finds '
       'the place itself')
      for key, value in (("Path", "/credits"), ("RemainingKey", "left"),
                         ("LimitKey", "limit"), ("UsedKey", "used"),
                         ("ExpiresKey", "expires"))),
    ('<Models>\n  Require "a" "a"\n</Models>',
     'Models: Require "a": another one looks the same in the metrics'),
    ('<Models>\n  Require 5\n</Models>',
     "Models: Require 5: must be a string in quotes"),
    ('<Chat "m">\n  PromptPrice -1\n</Chat>',
     'Chat "m": PromptPrice -1: must be a number from 0 to 1000000'),
    ('<Chat "m">\n  MaxCostPerDay 1\n</Chat>',
     'Chat "m": MaxCostPerDay: requires PromptPrice and CompletionPrice'),
    ('<Chat "m">\n  Expect "%r"\n</Chat>',
     'Chat "m": Expect: contains %r, so Prompt must contain it, too'),
    ('<Messages "m">\n  Prompt "%%r"\n  Expect "a %r"\n</Messages>',
     'Messages "m": Expect: contains %r, so Prompt must contain it, too'),
    ('<Chat "m">\n  Expect ""\n</Chat>',
     'Chat "m": Expect "": must not be empty'),
    ('<Chat "m">\n  ReasoningEffort "Low"\n</Chat>',
     'Chat "m": ReasoningEffort "Low": must be a word of lower-case letters'),
    ('<Chat "m">\n  FirstTokenTimeout 5000\n</Chat>',
     'Chat "m": FirstTokenTimeout: requires Stream true'),
    ('<Chat "m">\n  Stream true\n  FirstTokenTimeout 30001\n</Chat>',
     'Chat "m": FirstTokenTimeout: must not be longer than Timeout, which is '
     '30000 ms'),
    ('<Chat "m">\n  Stream true\n  FirstTokenTimeout 5\n</Chat>',
     'Chat "m": FirstTokenTimeout 5: is in milliseconds, did you mean 5000?'),
    ('<Chat "m">\n  Extra "[1]"\n</Chat>',
     'Chat "m": Extra: must be a JSON object, such as '
     '"{\\"temperature\\": 0}"'),
    ('<Chat "m">\n  Extra "{"\n</Chat>',
     'Chat "m": Extra: must be a JSON object, such as '
     '"{\\"temperature\\": 0}"'),
    ('<Chat "m">\n  Extra " {} "\n</Chat>',
     'Chat "m": Extra: must have a member'),
    ('<Chat "m">\n  Extra "{\\"a\\":1,\\"max_tokens\\":1}"\n</Chat>',
     'Chat "m": Extra: must not contain "max_tokens", which the plugin sets '
     'itself'),
    ('<Chat "m">\n  Extra "{\\"a\\":1,\\"Model\\":1}"\n</Chat>',
     'Chat "m": Extra: must not contain "Model", which the plugin sets itself'),
    ('<Chat "m">\n  Extra "{\\"a\\":{\\"b\\":1},\\"b\\":1,\\"A\\":2}"\n</Chat>',
     'Chat "m": Extra: must not contain "A" twice'),
    ('<Chat "m">\n  Extra "{\\"' + 64 * "a" + '\\":1}"\n</Chat>',
     'Chat "m": Extra: must have names of 1 to 63 characters, without a NUL'),
    ('<Chat "m">\n  Extra "{' + ",".join(
        f'\\"a{n}\\":1' for n in range(33)) + '}"\n</Chat>',
     'Chat "m": Extra: must not have more than 32 members'),
    ('<Messages "m">\n  Extra "{\\"stream\\":true}"\n</Messages>',
     'Messages "m": Extra: must not contain "stream", which the plugin sets '
     'itself'),
    ('<Embeddings "m">\n  Expect "x"\n</Embeddings>',
     'Embeddings "m": Expect: is only allowed in <Chat>, <Messages> or '
     "<Responses>"),
    ('<Chat "m">\n  Stream "true"\n</Chat>',
     'Chat "m": Stream "true": must be true or false without quotes'),
]

# Lines with the relay's URL; the key is valid.
ABOUT_URL = [
    ('BaseURL "http://relay.test/v1"',
     'BaseURL "http://relay.test/v1": the API key would cross the network '
     'unencrypted: use https://, or set AllowPlainHTTP true'),
    ('BaseURL "http://127.0.0.1.relay.test/v1"',
     'BaseURL "http://127.0.0.1.relay.test/v1": the API key would cross the '
     'network unencrypted: use https://, or set AllowPlainHTTP true'),
    ('BaseURL "http://[::2]/v1"',
     'BaseURL "http://[::2]/v1": the API key would cross the network '
     'unencrypted: use https://, or set AllowPlainHTTP true'),
    ('BaseURL "http://127.0.0.1/v1"\nProxy "http://proxy.test:3128"',
     'BaseURL "http://127.0.0.1/v1": the API key would cross the network '
     'unencrypted: use https://, or set AllowPlainHTTP true'),
    ('BaseURL "ftp://relay.test/"',
     'BaseURL "ftp://relay.test/": must be a URL that starts with https:// '
     'or http://'),
    ('BaseURL "https://relay.test/v1?a=b"',
     "BaseURL: must be a URL without ? and #"),
    ('BaseURL ""', 'BaseURL "": must not be empty'),
    ('BaseURL "https://hidden:hidden@relay.test/v1"', None),
]

# Lines with the key; the URL is valid.
ABOUT_KEY = [
    ("", "no API key: set APIKeyFile \"/path\", or the variable "
         "HOLYSHEEP_API_KEY in collectd's environment"),
    ('APIKeyEnv "sk-hidden"',
     "APIKeyEnv: must be the name of an environment variable, such as "
     "HOLYSHEEP_API_KEY"),
    ('APIKeyEnv "OTHER"',
     "no API key: set APIKeyFile \"/path\", or the variable OTHER in "
     "collectd's environment"),
    ('APIKeyEnv "gsk_hidden0"',
     "no API key: set APIKeyFile \"/path\", or the variable that APIKeyEnv "
     "names in collectd's environment"),
    ('APIKeyFile "{folder}/missing"',
     'APIKeyFile "{folder}/missing": cannot be read: No such file or '
     'directory'),
    ('APIKeyFile "key"',
     "APIKeyFile: must be an absolute path: collectd changes its working "
     "directory after it has read its configuration"),
    ('APIKeyFile "{folder}"',
     'APIKeyFile "{folder}": is not a regular file'),
    ('APIKeyFile "{folder}/empty"',
     'APIKeyFile "{folder}/empty": is empty: an API key is required'),
    ('APIKey "hidden"\nAPIKeyEnv "OTHER"',
     "only one of APIKeyFile, APIKeyEnv and APIKey is allowed"),
    ('APIKey 5', "APIKey: must be a string in quotes"),
    ('APIKey ""', "APIKey: must not be empty"),
] + [
    (f'APIKey "{key}"',
     "APIKey contains a space, a quote, a line break or another character "
     "that no API key has")
    for key in ("hid den", "hidden\nhidden", "'hidden'", "hid\\\"den",
                "hid\tden", "hiddén")
] + [
    (f'APIKeyFile "{{folder}}/{name}"',
     f'APIKeyFile "{{folder}}/{name}": contains a space, a quote, a '
     "line break or another character that no API key has")
    for name in ("blank", "two-lines", "quoted")
] + [
    ('APIKeyFile "{folder}/long"',
     'APIKeyFile "{folder}/long": is too long for an API key: at most 2047 '
     'bytes are allowed'),
]

FILES = {"empty": "", "blank": "hid den\n", "two-lines": "hidden\nhidden\n",
         "quoted": '"hidden"\n', "long": "hidden" * 1000,
         "key": "sk-test-main\n"}

# The content of <Plugin holysheep>, and the message.
IN_PLUGIN = [
    ("Relais \"main\"", "Relais: unknown key, did you mean Relay?"),
    ("BaseURL \"https://relay.test/v1\"", "BaseURL: is only allowed in "
                                          "<Relay>"),
    ("MaxConnections 0",
     "MaxConnections 0: must be a number from 1 to 767"),
    ("StateFile 5", "StateFile 5: must be a string in quotes"),
    ('<Relay "a">\n{relay}\nReference true\n</Relay>\n'
     '<Relay "b">\n{relay}\nReference true\n</Relay>',
     'Relay "b": Reference true: Relay "a" is already the reference, only '
     'one is allowed'),
    ("<Relay>\n{relay}\n</Relay>", "Relay: requires one name in quotes"),
    ('<Relay "main">\n{relay}\n</Relay>\n<Relay "main">\n{relay}\n</Relay>',
     'Relay "main": another Relay looks the same in the metrics: each needs '
     'a unique name'),
    ('<Relay "a=b">\n{relay}\n</Relay>\n<Relay "a,b">\n{relay}\n</Relay>',
     'Relay "a,b": another Relay looks the same in the metrics: each needs a '
     'unique name'),
    ('<Relay "{long}">\n{relay}\n</Relay>',
     'Relay "{long}": the name is too long for collectd: at most 55 bytes '
     'are allowed'),
]

PREFIX = "holysheep plugin: "


class Mistakes(TestCase):
    def setUp(self):
        self.files = private_folder()
        for name, text in FILES.items():
            (self.files / name).write_text(text)
            (self.files / name).chmod(0o600)

    def refused(self, config):
        """The plugin's error message when collectd is started with this
        configuration."""
        collectd = self.make_collectd(config, interval=10)
        collectd.start(ready=False)
        try:
            code = collectd.wait(20 * build.slack())
        except subprocess.TimeoutExpired:
            self.fail(f"collectd runs with\n{config}")
        self.assertNotEqual(code, 0, config)
        self.check_reports(collectd)
        logged = [line for line in collectd.log_lines()
                  if "holysheep" in line and "plugin_load" not in line]
        self.assertNotIn("hidden", "\n".join(collectd.log_lines()))
        self.assertEqual(len(logged), 1, logged)
        _, found, message = logged[0].partition(PREFIX)
        self.assertTrue(found, logged[0])
        self.check_same_message(collectd.conf, message)
        return message

    def check_same_message(self, conf, message):
        """With --probe, which reads the same environment as collectd does."""
        seen = run_check("--config", conf, "--probe", key=None)
        self.assertEqual((seen.code, seen.out, seen.report), (2, "", ""))
        self.assertRegex(seen.err, rf"\Aholysheep-check: {conf}:\d+: "
                                   rf"{re.escape(message)}\n\Z")

    def check(self, cases, relay, before):
        for lines, wanted in cases:
            with self.subTest(lines):
                config = relay.replace("LINES", lines)
                logged = self.refused(config.replace("{folder}",
                                                     str(self.files)))
                if wanted is None:
                    self.assertTrue(logged.startswith(before), logged)
                else:
                    wanted = wanted.replace("{folder}", str(self.files))
                    self.assertEqual(logged, before + wanted)

    def block(self, lines):
        return plugin_block(f'<Relay "main">\n{lines}\n</Relay>\n')

    def test_errors_in_a_relay_block(self):
        self.check(IN_RELAY, self.block(
            'BaseURL "https://relay.test/v1"\n'
            'APIKeyFile "{folder}/key"\nLINES'), 'Relay "main": ')

    def test_errors_in_the_url(self):
        self.check(ABOUT_URL, self.block('APIKeyFile "{folder}/key"\nLINES'),
                   'Relay "main": ')

    def test_errors_in_the_key(self):
        self.check(ABOUT_KEY, self.block(
            'BaseURL "https://relay.test/v1"\nLINES'), 'Relay "main": ')

    def test_errors_in_the_plugin_block(self):
        relay = ('BaseURL "https://relay.test/v1"\n'
                 f'APIKeyFile "{self.files}/key"')
        cases = [[text and text.replace("{relay}", relay).replace(
            "{long}", "r" * 100) for text in case] for case in IN_PLUGIN]
        self.check(cases, plugin_block("LINES\n"), "")


class Warnings(TestCase):
    """Unusual configurations that are accepted."""

    def logged(self, collectd):
        return [line.split(PREFIX, 1)[1] for line in
                collectd.log_lines(r"\[(warning|error)\] " + PREFIX)]

    def test_unreachable_relay(self):
        collectd = self.start_collectd(plugin_block())
        self.stop_clean(collectd)
        self.assertEqual(len(self.logged(collectd)), 1, self.logged(collectd))

    def test_timeout_as_long_as_the_interval(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(
            f'<Relay "main">\nBaseURL "{relay.url}"\n'
            f'APIKeyFile "{self.key_file()}"\nInterval 5\nTimeout 5000\n'
            '<Models>\nPath "/models"\n</Models>\n</Relay>\n'))
        self.stop_clean(collectd)
        self.assertEqual(self.logged(collectd), [
            'Relay "main": Models: Timeout 5000 ms is not shorter than '
            'Interval 5 s: probes will be skipped while the relay hangs'])

    def log_with_file_limit(self, chats, lines=""):
        """The log with a limit of 100 open files."""
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(
            f'{lines}<Relay "main">\nBaseURL "{relay.url}"\n'
            f'APIKeyFile "{self.key_file()}"\n'
            + "".join(f'Chat "m{i}"\n' for i in range(chats))
            + "</Relay>\n"),
            prefix=["sh", "-c", 'ulimit -n 100 && exec "$@"', "sh"])
        self.stop_clean(collectd)
        return [line for line in self.logged(collectd) if "limit on open files" in line]

    def test_more_probes_than_the_file_limit_allows(self):
        self.assertEqual(self.log_with_file_limit(26), [
            "26 probes, but at most 25 requests in flight, because the "
            "process's limit on open files is 100 (LimitNOFILE in "
            "collectd's systemd unit)"])
        self.assertEqual(self.log_with_file_limit(25), [])
        self.assertEqual(self.log_with_file_limit(1, "MaxConnections 26\n"), [
            "MaxConnections 26: reduced to 25, because the process's limit "
            "on open files is 100"])

    def test_keys_are_case_insensitive_and_trailing_slash_is_ignored(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(
            f'<RELAY "main">\nBASEURL "{relay.url}/"\n'
            f'apikeyfile "{self.key_file()}"\n<MODELS>\nPATH "/models"\n'
            '</MODELS>\n</RELAY>\n'), interval=10)
        collectd.wait_verdict("main", "models", "ok")
        self.assertEqual(self.logged(collectd), [])

    def test_empty_block_is_ignored(self):
        """collectd drops it. The documentation warns of the consequences."""
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "<Models>", "</Models>",
            key_file=self.key_file())))
        for endpoint in ("models", "billing", "chat/completions"):
            collectd.wait_verdict("main", endpoint, "ok")
        for path in ("doc/troubleshooting.md", "doc/collectd-holysheep.pod.in"):
            self.assertIn("<Models></Models>",
                          (build.SRCDIR / path).read_text(), path)
