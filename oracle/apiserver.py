"""A real API server on this machine's loopback, for the tests of what talks to one: built once, no container.

`make cluster` builds kube-apiserver, kubectl and the etcd below them from Go's modules, as `oracle/go/apiserver` names
them, and keeps them in the cache folder that CONTRIBUTING.md names, one folder for each version.
`python -m oracle.apiserver run` starts a server and says how to reach it. A `Cluster` is what tests start.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import trustme

from oracle import toolchain

MODULE = toolchain.SOURCES / "apiserver"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kevent" / "cluster"
VERSION = re.findall(
    r"^(?:require)?\s*k8s.io/kubernetes (v\S+)", (MODULE / "go.mod").read_text(encoding="utf-8"), re.M
)[0]
PROGRAMS = {
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kubectl": "k8s.io/kubernetes/cmd/kubectl",
    "etcd": "go.etcd.io/etcd/server/v3",
}

MEMORY = 3.0
"""Gigabytes that the build takes: 2.4 were measured."""

DISK = 3.0
"""Gigabytes of modules, of Go's cache and of programs."""

PATIENCE = 90.0
"""Seconds until a server that was started has to be ready. It takes five where nothing else runs."""


class NoCluster(Exception):
    """There is no API server here, or it does not start. `str()` says what to do."""


# --- the programs -------------------------------------------------------------------------------------------------


def folder() -> Path:
    """Where the programs are kept: another version, or another Go, has another folder."""
    digest = hashlib.sha256(toolchain.GO_VERSION.encode())
    for name in ("go.mod", "go.sum"):
        digest.update((MODULE / name).read_bytes())
    return CACHE / f"{VERSION}-{digest.hexdigest()[:8]}"


def at_hand() -> bool:
    """Whether the programs have been built."""
    return all((folder() / name).exists() for name in PROGRAMS)


def build() -> Path:
    """Build what is not there; the folder of the programs. Raises NoCluster, and NoGo without the pinned Go."""
    kept = folder()
    if at_hand():
        print(f"kube-apiserver {VERSION}, kubectl and etcd are in {kept}")
        return kept
    go = toolchain.go()
    _look_for_room()
    print(
        f"Building kube-apiserver {VERSION}, kubectl and etcd, once: eight minutes of one core, so about five on two "
        f"that are idle; 85 MB are fetched. They will be in {kept}",
        flush=True,
    )
    kept.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(dir=CACHE, prefix="half-"))
    try:
        for name, package in PROGRAMS.items():
            print(f"  {name} ...", flush=True)
            flags = f"-s -w -X k8s.io/component-base/version.gitVersion={VERSION}"
            command = [go, "build", "-mod=readonly", f"-ldflags={flags}", "-o", str(half / name), package]
            ended = subprocess.run(
                command, cwd=MODULE, env=toolchain.environment(), capture_output=True, text=True, check=False
            )
            if ended.returncode:
                raise NoCluster(f"cannot build {name}: {_why(ended)}")
            (half / name).rename(kept / name)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return kept


def _look_for_room() -> None:
    """Raise NoCluster where the build would end in the middle."""
    with suppress(OSError):  # only Linux tells it so
        told = dict(re.findall(r"^(\w+):\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"), re.M))
        free = int(told["MemAvailable"]) / 1e6
        if free < MEMORY:
            raise NoCluster(f"the build takes {MEMORY:.0f} GB of memory, and {free:.1f} GB are free")
    CACHE.mkdir(parents=True, exist_ok=True)
    for place in (CACHE, toolchain.STORE if toolchain.STORE.exists() else toolchain.HERE):
        free = shutil.disk_usage(place).free / 1e9
        if free < DISK:
            raise NoCluster(f"the build takes {DISK:.0f} GB of disk, and {free:.1f} GB are free in {place}")


def _why(ended: subprocess.CompletedProcess[str]) -> str:
    if ended.returncode < 0:
        return f"Go was ended by the signal {signal.Signals(-ended.returncode).name}: too little memory?"
    return ended.stderr.strip()[-2000:]


# --- a server -----------------------------------------------------------------------------------------------------

ADMIN, RECORDER = "admin-token", "recorder-token"
"""Who may do everything, and who may only create and patch events."""


class Cluster:
    """An etcd and an API server on free ports of the loopback interface, until the end of the `with` block.

    `event_ttl` is how long the server keeps an event, `flags` are further ones of kube-apiserver. Raises NoCluster
    where the programs are not there, or where one does not start.
    """

    def __init__(self, *, event_ttl: str = "1h", flags: tuple[str, ...] = ()) -> None:
        if not at_hand():
            raise NoCluster(f"kube-apiserver {VERSION} has not been built: run `make cluster`, once")
        self._flags = (f"--event-ttl={event_ttl}", *flags)
        self._home = Path(tempfile.mkdtemp(prefix="kevent-cluster-"))
        self._ports = _free_ports(3)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.url = f"https://127.0.0.1:{self._ports[0]}"
        self._write_files()

    def __enter__(self) -> Cluster:
        try:
            self.start_etcd()
            self.start_server()
            self._let_recorders_in()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig of the administrator."""
        return self._home / "kubeconfig"

    @property
    def recorders_kubeconfig(self) -> Path:
        """A kubeconfig of one who may only create and patch events."""
        return self._home / "recorders-kubeconfig"

    @property
    def authority(self) -> Path:
        """The certificate to verify the server with."""
        return self._home / "ca.pem"

    def ask(self, method: str, path: str, body: Any = None, *, token: str = ADMIN, timeout: float = 60.0) -> Any:
        """One request and what its answer holds. Raises urllib.error.HTTPError for a refusal."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        context = ssl.create_default_context(cafile=str(self.authority))
        with urllib.request.urlopen(request, timeout=timeout, context=context) as answer:
            text = answer.read()
        return json.loads(text) if text.startswith(b"{") else text.decode()

    def events(self, namespace: str) -> list[dict[str, Any]]:
        """All events of a namespace as core/v1 shows them, in the order of their creation."""
        found: list[dict[str, Any]] = []
        more = ""
        while True:
            page = self.ask("GET", f"/api/v1/namespaces/{namespace}/events?limit=5000{more}")
            found += page["items"]
            if not page["metadata"].get("continue"):
                return found
            more = f"&continue={page['metadata']['continue']}"

    def make_namespace(self, name: str) -> None:
        """A new namespace."""
        self.ask("POST", "/api/v1/namespaces", {"metadata": {"name": name}})

    def kubectl(self, *arguments: str) -> str:
        """What kubectl of the same release prints. Raises CalledProcessError."""
        command: list[str | Path] = [folder() / "kubectl", "--kubeconfig", self.kubeconfig, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout

    def start_etcd(self) -> None:
        """Start the store, on what it kept."""
        client, peer = (f"http://127.0.0.1:{port}" for port in self._ports[1:])
        self._start(
            "etcd", "--name=store", f"--data-dir={self._home / 'etcd'}", f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=store={peer}", "--unsafe-no-fsync", "--log-level=error",
        )  # fmt: skip

    def start_server(self) -> None:
        """Start the API server and wait until it is ready."""
        key = self._home / "server.key"
        self._start(
            "kube-apiserver", f"--etcd-servers=http://127.0.0.1:{self._ports[1]}", "--bind-address=127.0.0.1",
            f"--secure-port={self._ports[0]}", f"--tls-cert-file={self._home / 'server.pem'}",
            f"--tls-private-key-file={key}", f"--token-auth-file={self._home / 'tokens.csv'}",
            "--authorization-mode=RBAC", "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-issuer=https://kevent.invalid", f"--service-account-signing-key-file={key}",
            f"--service-account-key-file={key}", "--endpoint-reconciler-type=none",
            "--disable-admission-plugins=ServiceAccount", f"--cert-dir={self._home}", *self._flags,
        )  # fmt: skip
        self.wait(lambda: self.ask("GET", "/readyz", timeout=5) == "ok", "the API server is not ready")

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal to `etcd` or to `kube-apiserver`."""
        self._processes[name].send_signal(number)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """End `etcd` or `kube-apiserver`, and wait for its end."""
        process = self._processes.pop(name)
        process.send_signal(number)
        process.wait(PATIENCE)

    def wait(self, ready: Callable[[], bool], otherwise: str) -> None:
        """Wait until that is so. Raises NoCluster with `otherwise` and the end of the server's log."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(OSError, ValueError):
                if ready():
                    return
            if any(process.poll() is not None for process in self._processes.values()):
                break
            time.sleep(0.1)
        logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in self._home.glob("*.log"))
        raise NoCluster(f"{otherwise}:\n{logs}")

    def _start(self, name: str, *flags: str) -> None:
        with open(self._home / f"{name}.log", "ab") as log:
            self._processes[name] = subprocess.Popen([folder() / name, *flags], stdout=log, stderr=log, cwd=self._home)

    def _write_files(self) -> None:
        authority = trustme.CA()
        server = authority.issue_cert("127.0.0.1", "localhost")
        authority.cert_pem.write_to_path(str(self.authority))
        server.private_key_pem.write_to_path(str(self._home / "server.key"))
        for part in server.cert_chain_pems:
            part.write_to_path(str(self._home / "server.pem"), append=True)
        (self._home / "tokens.csv").write_text(
            f'{ADMIN},admin,admin-uid,"system:masters"\n{RECORDER},recorder,recorder-uid,"recorders"\n'
        )
        data = base64.b64encode(self.authority.read_bytes()).decode()
        for path, token in (self.kubeconfig, ADMIN), (self.recorders_kubeconfig, RECORDER):
            config = {
                "apiVersion": "v1", "kind": "Config", "current-context": "kevent",
                "clusters": [{"name": "c", "cluster": {"server": self.url, "certificate-authority-data": data}}],
                "users": [{"name": "u", "user": {"token": token}}],
                "contexts": [{"name": "kevent", "context": {"cluster": "c", "user": "u"}}],
            }  # fmt: skip
            path.write_text(json.dumps(config))

    def _let_recorders_in(self) -> None:
        rights = "/apis/rbac.authorization.k8s.io/v1"
        rule = {"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]}
        self.ask("POST", f"{rights}/clusterroles", {"metadata": {"name": "recorder"}, "rules": [rule]})
        self.ask("POST", f"{rights}/clusterrolebindings", {
            "metadata": {"name": "recorder"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "recorder"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "recorders"}],
        })  # fmt: skip

        def may() -> bool:
            review = {"spec": {"resourceAttributes": {"verb": "create", "resource": "events", "namespace": "default"}}}
            path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
            return bool(self.ask("POST", path, review, token=RECORDER)["status"]["allowed"])

        self.wait(may, "the recorders' role is not heard of")

    def _end(self) -> None:
        for name in ("kube-apiserver", "etcd"):
            if name in self._processes:
                self.send(name, signal.SIGCONT)  # a process that is stopped ends by no other signal
                self.kill(name)
        shutil.rmtree(self._home, ignore_errors=True)


def _free_ports(count: int) -> list[int]:
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [each.getsockname()[1] for each in listening]
    finally:
        for each in listening:
            each.close()


def main(command: str = "build") -> None:
    """`build` the programs; or say whether they are `at-hand`; or `run` a server until it is interrupted."""
    if command == "at-hand":
        if not at_hand():
            raise NoCluster(f"kube-apiserver {VERSION} has not been built here: `make cluster` does it, once")
        return
    build()
    if command == "run":
        with Cluster() as cluster:
            print(
                f"export KUBECONFIG={cluster.kubeconfig}\nkubectl is {folder() / 'kubectl'}; Ctrl-C ends it", flush=True
            )
            with suppress(KeyboardInterrupt):
                signal.pause()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (NoCluster, toolchain.NoGo) as error:
        sys.exit(f"no API server: {error}")
