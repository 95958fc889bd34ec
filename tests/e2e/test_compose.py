"""The compose file is valid, and its mounts and ports match the
configurations. No Docker engine is needed."""

import os
import re
import shutil
import subprocess

import yaml

from harness import TestCase, build, private_folder

FOLDER = build.SRCDIR / "dashboards" / "compose"
PROMETHEUS = build.SRCDIR / "dashboards" / "prometheus" / "prometheus.yml"
GRAFANA = build.SRCDIR / "dashboards" / "grafana" / "provisioning"


def docker_pattern(line):
    """A line of .gitignore in the syntax of .dockerignore."""
    keep, pattern = re.fullmatch(r"(!?)(.*?)/?", line).groups()
    return keep + (pattern[1:] if pattern.startswith("/")
                   else "**/" + pattern)


def load(path):
    return yaml.safe_load(path.read_text())


class Compose(TestCase):
    def setUp(self):
        self.compose = load(FOLDER / "docker-compose.yml")
        self.services = self.compose["services"]

    def mounts(self, service):
        """Maps each mount point of a service to its source in this folder."""
        for mount in self.services[service]["volumes"]:
            source, target = re.fullmatch(
                r"(\$\{.*?\}|[^:]+):([^:]+)(?::ro)?", mount).groups()
            yield target, source

    def test_docker_compose_accepts_it(self):
        program = shutil.which("docker-compose")
        if program is None:
            self.skipTest("docker-compose is not installed")
        folder = private_folder()
        for name in ("key", "password"):
            (folder / name).write_text("test")
        subprocess.run(
            [program, "-f", FOLDER / "docker-compose.yml", "config", "-q"],
            check=True, cwd=folder, env={
                "PATH": os.environ["PATH"],
                "HOLYSHEEP_KEY_FILE": str(folder / "key"),
                "GRAFANA_PASSWORD_FILE": str(folder / "password"),
                "ALERT_SECRETS": str(folder)})

    def test_mounted_files_exist(self):
        for service in self.services:
            for target, source in self.mounts(service):
                with self.subTest(service, target=target):
                    if source.startswith("."):
                        self.assertTrue((FOLDER / source).exists(), source)
                    elif not source.startswith("$"):
                        self.assertIn(source, self.compose["volumes"])

    def test_files_named_in_configurations_are_mounted(self):
        alertmanager = (FOLDER / "../alertmanager/alertmanager.yml"
                        ).read_text()
        targets = dict(self.mounts("alertmanager"))
        folder = "/etc/alertmanager/"
        for name in re.findall(r"(?:_file: |^  - )([\w/]+(?:\.tmpl)?)$",
                               alertmanager, re.M):
            self.assertTrue(folder + name in targets
                            or folder + name.split("/")[0] in targets, name)
        prometheus = dict(self.mounts("prometheus"))
        self.assertEqual(load(PROMETHEUS)["rule_files"], ["rules/*.yml"])
        self.assertIn("/etc/prometheus/rules", prometheus)
        provider = load(GRAFANA / "dashboards" / "holysheep.yml")
        self.assertIn(provider["providers"][0]["options"]["path"],
                      dict(self.mounts("grafana")))

    def bind_address(self, service):
        text = " ".join(self.services[service].get("command", []))
        return re.search(r"--web.listen-address=(\S+)", text)[1]

    def test_services_reach_each_other(self):
        jobs = {job["job_name"]: job["static_configs"][0]["targets"]
                for job in load(PROMETHEUS)["scrape_configs"]}
        collectd = (FOLDER / "collectd.conf").read_text()
        port = re.search(r'Port "(\d+)"', collectd)[1]
        self.assertIn('Host "127.0.0.1"', collectd)
        self.assertEqual(jobs["collectd"], [f"localhost:{port}"])
        for service in ("prometheus", "alertmanager"):
            host, port = self.bind_address(service).split(":")
            self.assertEqual(host, "127.0.0.1")
            self.assertEqual(jobs[service], [f"localhost:{port}"])
        source = load(GRAFANA / "datasources" / "holysheep.yml")
        self.assertEqual(
            source["datasources"][0]["url"],
            "http://localhost:{}".format(
                self.bind_address("prometheus").split(":")[1]))
        environment = self.services["grafana"]["environment"]
        self.assertEqual(environment["GF_SERVER_HTTP_ADDR"], "127.0.0.1")

    def test_health_checks_use_the_right_ports(self):
        ports = {"collectd": "9103", "grafana": "3000",
                 "prometheus": self.bind_address("prometheus").split(":")[1],
                 "alertmanager":
                     self.bind_address("alertmanager").split(":")[1]}
        for service, port in ports.items():
            check = self.services[service]["healthcheck"]["test"]
            self.assertIn(f":{port}/", check[-1], service)

    def test_no_secrets_in_the_environment(self):
        text = (FOLDER / "docker-compose.yml").read_text()
        self.assertNotRegex(text, r"(?i)(password|key|token) *[:=] *\w")
        example = (FOLDER / ".env.example").read_text()
        for name in set(re.findall(r"\$\{(\w+)", text)):
            self.assertIn(f"\n{name}=", "\n" + example)

    def test_build_output_is_excluded_from_the_image(self):
        ignored = (build.SRCDIR / ".dockerignore").read_text().splitlines()
        for line in (build.SRCDIR / ".gitignore").read_text().splitlines():
            if line and not line.startswith("#"):
                self.assertIn(docker_pattern(line), ignored)

    def test_compose_files_are_not_installed(self):
        """The image is built from the source tree, above this folder."""
        self.assertEqual(self.compose["services"]["collectd"]["build"],
                         {"context": "../..",
                          "dockerfile": "dashboards/compose/Dockerfile"})
        for name in ("bootstrap", "configure.ac", "Makefile.am"):
            self.assertTrue((FOLDER / "../.." / name).exists(), name)
        make = (build.SRCDIR / "dashboards" / "dashboards.am").read_text()
        self.assertNotIn("composedir", make)
        self.assertIn("dashboards/compose", make)

    def test_dockerfile_installs_linked_libraries(self):
        text = (FOLDER / "Dockerfile").read_text()
        needed = subprocess.run(
            ["ldd", build.built("holysheep.so")], check=True,
            capture_output=True, text=True).stdout
        for library, package in (("libcurl.so.4", "libcurl4"),
                                 ("libyajl.so.2", "libyajl2")):
            self.assertIn(library, needed)
            self.assertIn(f" {package} ", text)

