"""What runs on GitHub: pinned, with few rights, and with scripts that are tried here without a network."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
import yaml

import kevent
from tests.site.built import SITE
from tests.support import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"workflow_{name}", ROOT / f"tools/{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def unpinned(workflow: str) -> list[str]:
    used = re.findall(r"uses: *(\S+)(.*)", workflow)
    return [name for name, comment in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", name) or "# v" not in comment]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_and_rights_are_few(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert unpinned(text) == []
    assert workflow["permissions"] == {"contents": "read"}
    rights = {
        (name, right, value)
        for name, job in workflow["jobs"].items()
        for right, value in job.get("permissions", {}).items()
        if value == "write"
    }
    assert rights <= {
        ("deploy", "pages", "write"),
        ("deploy", "id-token", "write"),
        ("stale", "issues", "write"),
        ("upload", "id-token", "write"),
    }
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
    programs = [f"tools/{module}.py" for module in re.findall(r"-m tools\.(\w+)", text)]
    for name in [*re.findall(r"run: (\.ci/\w+)", text), *programs]:
        assert (ROOT / name).is_file()


def test_an_action_by_tag_is_seen() -> None:
    assert unpinned("- uses: actions/checkout@v4") == ["actions/checkout@v4"]
    assert len({path.stem for path in WORKFLOWS} & {"test", "publish", "weekly"}) == 3


def test_a_release_is_built_where_it_is_tested_and_uploaded_by_a_job_that_does_nothing_else() -> None:
    release = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    build, upload = release["jobs"]["build"]["steps"], release["jobs"]["upload"]["steps"]
    commands = [step["run"].split()[0] for step in build if "run" in step]
    assert commands.index("python3") < commands.index(".ci/run")
    assert [step["uses"].partition("@")[0] for step in upload] == [
        "actions/download-artifact",
        "pypa/gh-action-pypi-publish",
    ]
    assert upload[-1]["with"] == {"attestations": True}
    assert release["jobs"]["upload"]["environment"] == "release"
    assert "secrets" not in str(release)


def test_every_python_that_the_package_is_for_is_tested() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))["jobs"]
    tested = [*jobs["check"]["strategy"]["matrix"]["python"], *jobs["package"]["strategy"]["matrix"]["python"]]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f">={tested[0]}" == project["requires-python"]
    assert [version for version in tested if version.endswith("t")] == ["3.14t"]


def test_dependabot_looks_where_versions_are_pinned() -> None:
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text(encoding="utf-8"))["updates"]
    assert {(each["package-ecosystem"], each["directory"]) for each in updates} == {
        ("pip", "/"),
        ("github-actions", "/"),
        ("npm", "/tools/lighthouse"),
        ("npm", "/live"),
    }
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8") + (ROOT / "requirements.txt").read_text(
        encoding="utf-8"
    )
    live = json.loads((ROOT / "live/package.json").read_text(encoding="utf-8"))["devDependencies"]
    pinned += "".join(f"{name}==" for name in live)
    ignored = [rule for each in updates for rule in each.get("ignore", ())]
    assert [rule for rule in ignored if f"{rule['dependency-name']}==" not in pinned] == []


def changelog(root: Path, *sections: str) -> None:
    (root / "CHANGELOG.md").write_text("# Changelog\n\n" + "\n".join(sections))


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A repository that says 1.2.3 everywhere."""
    (tmp_path / "kevent").mkdir()
    (tmp_path / "kevent/__init__.py").write_text('__version__ = "1.2.3"\n')
    (tmp_path / "CITATION.cff").write_text("title: x\nversion: 1.2.3\n")
    changelog(
        tmp_path, "## [Unreleased]\n", "## [1.2.3] - 2026-12-01\n\n- New.\n", "## [1.2.2] - 2026-11-01\n\n- Old.\n"
    )
    return tmp_path


def test_a_release_agrees_with_itself(released: Path) -> None:
    release = script("release")
    assert release.obstacles(released, "v1.2.3") == []
    assert release.notes(released, "1.2.3") == "- New."
    assert release.obstacles(released, "1.2.3") == ["a tag is v and a version, not 1.2.3"]
    assert release.obstacles(released, "v1.2.4") == [
        "kevent/__init__.py says 1.2.3",
        "CITATION.cff says 1.2.3",
        "the newest version in CHANGELOG.md is 1.2.3",
    ]
    changelog(released, "## [1.2.3]\n\n- New.\n")
    assert release.obstacles(released, "v1.2.3") == ["CHANGELOG.md has no date for 1.2.3"]
    changelog(released, "## [Unreleased]\n")
    assert release.obstacles(released, "v1.2.3") == ["the newest version in CHANGELOG.md is none"]


def test_the_changelog_tells_of_this_version_or_of_what_is_to_come() -> None:
    versions = [version for version, _, _ in script("release").sections(ROOT)]
    assert versions[0] in ("Unreleased", kevent.__version__)
    assert all(text for _, _, text in script("release").sections(ROOT))


def test_the_built_site_is_whole() -> None:
    assert script("built").shortcomings(ROOT, SITE) == []


def test_a_site_with_a_page_less_or_an_empty_page_is_not_whole(tmp_path: Path) -> None:
    (tmp_path / "book/data").mkdir(parents=True)
    (tmp_path / "book/data/addresses.json").write_text("{}")
    (tmp_path / "_toc.yml").write_text("root: index\nchapters: [{file: book/a}, {file: book/b}]\n")
    (tmp_path / "index.md").write_text("# Home\n")
    (tmp_path / "book/a.md").write_text("# The `one`\n")
    cells = [{"cell_type": "markdown", "source": ["# The other\n"]}]
    (tmp_path / "book/b.ipynb").write_text(json.dumps({"cells": cells}))
    site = tmp_path / "site"
    (site / "book").mkdir(parents=True)
    (site / "index.html").write_text("<h1>Home<a>#</a></h1>")
    (site / "book/b.html").write_text("<h1></h1>")
    (site / "book/c.html").write_text("")
    (site / "search.html").write_text("")
    assert script("built").shortcomings(tmp_path, site) == [
        "no page book/a.html",
        "a page that nobody named: book/c.html",
        "book/b.html does not say 'The other'",
        "book/b.html shows no output",
    ]


def test_dead_links_are_named_with_their_pages(tmp_path: Path) -> None:
    links = script("links")
    (tmp_path / "a.html").write_text(
        '<a href="https://x.example/1#part"></a><a href="https://y.example/2"></a><a href="b.html"></a>'
        '<a href="https://mybinder.org/v2"></a><a href="https://x.example/issues/new?t=1"></a>'
    )
    (tmp_path / "b.html").write_text('<a href="https://x.example/1"></a>')
    pages = links.outside(tmp_path)
    assert pages == {"https://x.example/1": ["a.html", "b.html"], "https://y.example/2": ["a.html"]}
    answers = {"https://x.example/1": "404", "https://y.example/2": ""}
    assert links.dead(pages, answers.__getitem__) == ["https://x.example/1 (404), on a.html, b.html"]


def test_a_refused_link_is_dead_and_a_tired_host_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    links = script("links")

    def answering(code: int) -> str:
        def refuse(request: object, timeout: int) -> None:
            raise links.urllib.error.HTTPError("", code, "", None, None)

        monkeypatch.setattr(links.urllib.request, "urlopen", refuse)
        return str(links.ask("https://x.example/"))

    assert (answering(404), answering(429), answering(503)) == ("404", "", "")


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """Two repositories with releases, as git serves them."""
    for name, path in (("client-go", "tools/record/event.go"), ("apimachinery", "pkg/watch/mux.go")):
        folder = tmp_path / "kubernetes" / name
        (folder / path).parent.mkdir(parents=True)
        who = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
        git = ["git", *who, "-C", str(folder)]
        subprocess.run(["git", "init", "-q", folder], check=True)
        later = "new" if name == "client-go" else "old"
        for tag, text in (("v0.9.0", "old"), ("v0.10.0", later), ("v0.11.0-rc.1", "x")):
            (folder / path).write_text(text)
            subprocess.run([*git, "add", "-A"], check=True)
            subprocess.run([*git, "commit", "-qm", tag, "--allow-empty"], check=True)
            subprocess.run([*git, "tag", tag], check=True)
        subprocess.run([*git, "config", "uploadpack.allowFilter", "true"], check=True)
    return tmp_path


def test_a_new_release_is_found_and_the_paragraphs_it_makes_stale(hub: Path) -> None:
    stale = script("stale")
    assert stale.newest((hub / "kubernetes/client-go").as_uri()) == "v0.10.0"
    now = stale.watched_now(ROOT, hub.as_uri())
    assert {state["tag"] for state in now.values()} == {"v0.10.0"}
    before = json.loads(json.dumps(now))
    assert stale.report(ROOT, before, now) == ""
    address = (hub / "kubernetes/client-go").as_uri()
    files = stale.blobs(address, "v0.9.0", ["tools/record/event.go"])
    before["kubernetes/client-go"] = {"tag": "v0.9.0", "files": files}
    said = stale.report(ROOT, before, now)
    assert "kubernetes/client-go: v0.9.0 -> v0.10.0" in said
    assert "`tools/record/event.go` changed" in said
    assert "10_record_to_sink.ipynb" in said
    assert "mux.go" not in said


def test_the_release_that_was_read_last_is_on_record() -> None:
    watched = json.loads((ROOT / "book/data/watched.json").read_text(encoding="utf-8"))
    for state in watched.values():
        assert re.fullmatch(r"v0\.\d+\.\d+", state["tag"])
        assert all(re.fullmatch(r"[0-9a-f]{40}", blob) for blob in state["files"].values())


def test_the_section_about_today_is_quoted_whole(tmp_path: Path) -> None:
    stale = script("stale")
    sources = ["# A\n", "## Today\n\nSince 1.15 a.", "\nAnd b.", "## Exercises\n\nc"]
    cells = [{"cell_type": "markdown", "source": [source]} for source in sources]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    assert re.sub(r"\s+", " ", stale.today(tmp_path / "a.ipynb")) == "Since 1.15 a. And b."
