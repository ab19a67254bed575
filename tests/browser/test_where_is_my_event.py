"""Where is my event, in a browser: answers strike causes out, and a file is read in the page, with the network cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from book.extensions.made_up_events import made_up_events
from tests.browser.checks import assert_fits, assert_no_fault
from tests.browser.conftest import Visit, listen, load
from tests.site.built import SITE

PAGE = "book/where_is_my_event.html"
MINUTE = 120_000  # a stop for a test that hangs, no measure


@contextmanager
def at(
    browser: Browser, site: str, fragment: str = "", *, width: int = 1280, script: bool = True, before: str = ""
) -> Iterator[Visit]:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
        java_script_enabled=script,
        accept_downloads=False,
    )
    try:
        page = context.new_page()
        page.set_default_timeout(MINUTE)
        if before:
            page.add_init_script(before)
        visit = listen(page, site)
        if script:
            load(visit, site + PAGE + fragment)
            page.locator(".wme[data-on]").wait_for(state="attached")
        else:
            page.goto(site + PAGE + fragment)
        yield visit
    finally:
        context.close()


def left(page: Page, symptom: str) -> list[str]:
    return page.locator(f"#see-{symptom} .wme-cause:not(.out)").evaluate_all("all => all.map(one => one.dataset.cause)")


def look(page: Page, text: str) -> None:
    page.locator(".wme-text").fill(text)
    page.get_by_role("button", name="Look", exact=True).click()
    page.locator(".wme-read, .wme-wrong").wait_for()


# --- what is seen ----------------------------------------------------------------------------------------------------


def test_answers_strike_causes_out_and_the_address_keeps_them(browser: Browser, site: str) -> None:
    with at(browser, site) as visit:
        page = visit.page
        assert page.locator(".wme-symptom:visible").count() == 0
        page.get_by_role("link", name="No event at all").click()
        before = left(page, "none")
        assert "muted" not in before, "not at the newest release"
        page.locator("#see-none").get_by_role("radio", name="fewer").check()
        assert set(before) - set(left(page, "none")) == {"filtered"}
        page.locator(".wme-release").select_option("1.31")
        assert "muted" not in left(page, "none"), "struck out by the answer now"
        assert page.url.endswith("#see-none?others=fewer&release=1.31")
        assert "14 places" not in page.locator("#see-none .wme-left").inner_text()
        open_stops = page.locator("#see-none .wme-map li.open").count()
        page.goto("about:blank")
        load(visit, f"{site}{PAGE}#see-none?others=25%20or%20more&release=1.31")
        assert {"filtered", "muted"} <= set(left(page, "none"))
        assert page.locator(".wme-release").input_value() == "1.31"
        assert page.locator("#see-none .wme-map li.open").count() >= open_stops


def test_the_tree_is_for_the_keyboard_too(browser: Browser, site: str) -> None:
    with at(browser, site, "#see-twice") as visit:
        page = visit.page
        page.locator("#see-twice input").first.focus()
        page.keyboard.press("Space")
        assert "field" not in left(page, "twice")
        page.keyboard.press("ArrowRight")
        assert set(left(page, "twice")) == {"field", "quiet", "rewritten"}
        assert page.evaluate("document.activeElement.value") == "no", "the focus stays where it was"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_without_fault(browser: Browser, site: str, width: int) -> None:
    with at(browser, site, "#see-none?age=no", width=width) as visit:
        if width == 1280:
            assert_no_fault(visit)
        else:
            assert_fits(visit)


def test_without_a_script_all_of_it_is_there(browser: Browser, site: str) -> None:
    with at(browser, site, script=False) as visit:
        page = visit.page
        assert page.locator(".wme-symptom:visible").count() == 9
        assert not page.locator(".wme-drop").is_visible()
        assert page.locator(".wme-home").is_visible()


def test_where_no_python_can_run_the_tree_works_and_the_command_for_home_is_shown(browser: Browser, site: str) -> None:
    with at(browser, site, "#see-count", before="delete WebAssembly.Suspending") as visit:
        assert left(visit.page, "count")
        assert not visit.page.locator(".wme-drop").is_visible()
        assert visit.page.locator(".wme-home").get_by_text("kevent explain events.json").is_visible()


# --- a stage under a cause -------------------------------------------------------------------------------------------


def unfold(page: Page, cause: str, symptom: str) -> None:
    folded = page.locator(f"#see-{symptom} [data-cause={cause}] details:not([open]) > summary")
    if folded.count():
        folded.click()


def happen(page: Page, cause: str, symptom: str = "none") -> dict[str, str]:
    """Open the stage under a cause; what it says: the step's sentence, and the release that is chosen in its badge."""
    element = page.locator(f"#see-{symptom} [data-cause={cause}]")
    unfold(page, cause, symptom)
    element.get_by_role("button", name="See it happen").click()
    element.locator(".ks-view svg").wait_for()
    return said_by(page, cause)


def said_by(page: Page, cause: str) -> dict[str, str]:
    found: dict[str, str] = page.locator(f"[data-cause={cause}] .ks").first.evaluate(
        """stage => ({
            sentence: stage.querySelector(".ks-sentence").textContent,
            release: stage.querySelector(".ks-badge [aria-pressed=true]").textContent,
        })"""
    )
    return found


@pytest.mark.ci
def test_a_stage_comes_when_it_is_asked_for_and_follows_the_release(browser: Browser, site: str) -> None:
    with at(browser, site, "#see-none?release=1.19") as visit:
        page = visit.page
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        assert page.locator(".kevent-figure").count() == 0
        told = happen(page, "muted")
        assert "skips event 25" in told["sentence"]
        assert told["release"] == "1.19"
        assert [url.rpartition("/")[2].partition("?")[0] for url in asked] == [
            "figures.js", "stage.js", "happens-both-types.js",
        ]  # fmt: skip
        page.locator(".wme-release").select_option("1.31")
        assert said_by(page, "muted")["release"] == "1.31"
        page.locator(".wme-release").select_option("1.32")
        assert not page.locator("[data-cause=muted] .ks").first.is_visible(), "struck out, and its stage with it"
        asked.clear()
        assert happen(page, "filtered")["release"] == "1.32"
        assert len(asked) == 1, "its run, and no script twice"
        button = page.locator("#see-none [data-cause=filtered]").get_by_role("button", name="Close the stage")
        button.click()
        assert not page.locator("[data-cause=filtered] .ks").first.is_visible()
        assert_no_fault(visit)


def test_a_stage_comes_from_a_disk_too(browser: Browser) -> None:
    context = browser.new_context(offline=True, reduced_motion="reduce")
    try:
        page = context.new_page()
        page.goto((SITE / PAGE).as_uri() + "#see-process")
        assert "wants to put event 4" in happen(page, "stands", "process")["sentence"]
        page.goto("about:blank")
        page.goto((SITE / PAGE).as_uri() + "#see-none")
        unfold(page, "held", "none")
        page.locator("#see-none [data-cause=held]").get_by_role("button", name="See it happen").click()
        page.locator("#see-none [data-cause=held] .kc-plot svg").wait_for()
    finally:
        context.close()


@pytest.mark.parametrize("width", [820, 390])
def test_a_stage_fits_a_narrow_window(browser: Browser, site: str, width: int) -> None:
    with at(browser, site, "#see-late", width=width) as visit:
        happen(visit.page, "queued", "late")
        assert_fits(visit)


# --- what the cluster says -------------------------------------------------------------------------------------------


def test_a_file_is_read_in_the_page_and_nothing_leaves_it(browser: Browser, site: str, tmp_path: Path) -> None:
    with at(browser, site) as visit:
        page = visit.page
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.get_by_role("button", name="A made-up sample").click()
        page.locator(".wme-read, .wme-wrong").wait_for()
        assert page.locator(".wme-objects button").count() == 8
        assert "≥ 17" in page.locator(".wme-fate").inner_text()
        assert all("/live/" in url or url.startswith("blob:") for url in asked), "Python came, and nothing else"
        assert_no_fault(visit)

        asked.clear()
        page.context.set_offline(True)
        secret = "a-name-that-nobody-may-hear"
        items = [
            {**item, "involvedObject": {**item["involvedObject"], "name": secret}} for item in made_up_events()["items"]
        ]
        path = tmp_path / "events.json"
        path.write_bytes(json.dumps({"kind": "List", "items": items}).encode("utf-16"))
        page.locator(".wme-read").evaluate("element => element.remove()")
        page.locator(".wme-file").set_input_files(path)
        page.locator(".wme-read, .wme-wrong").wait_for()
        assert secret in page.locator(".wme-objects").inner_text()
        assert asked == [], "with the network cut, and no try to use it"
        assert secret not in page.evaluate(
            "JSON.stringify({...localStorage, ...sessionStorage}) + location.href + document.cookie"
        )

        page.get_by_text("its limits, if set").click()
        page.locator(".wme-limits input[name=burst]").fill("100")
        page.locator(".wme-limits input[name=burst]").press("Tab")
        page.locator(".wme-fate", has_text="≥").wait_for(state="detached")
        page.locator(".wme-release").select_option("1.20")
        page.get_by_role("heading", name="What the data tells, read as 1.20").wait_for()
        page.locator("form.wme-missing input[name=reason]").fill("Nothing")
        page.get_by_role("button", name="What may have become of it").click()
        page.locator(".wme-missing + div li").first.wait_for()
        assert asked == []
        assert (visit.outside, visit.errors) == ([], [])


@pytest.mark.weekly
def test_what_cannot_be_read_is_said_in_words(browser: Browser, site: str) -> None:
    with at(browser, site, width=390) as visit:
        page = visit.page
        page.get_by_role("button", name="Look", exact=True).click()
        assert "Nothing there yet" in page.locator(".wme-said").inner_text()
        whole = json.dumps(made_up_events(), indent=2)
        for text, words in [
            ("LAST SEEN   TYPE   REASON\n3s  Normal  Pulled", "The table for people"),
            (whole[:300], "It stops in the middle"),
            (
                '{"kind": "Status", "status": "Failure", "message": "events is <b>forbidden</b>"}',
                "events is <b>forbidden</b>",
            ),
            (json.dumps({"kind": "List", "items": []}), ""),
        ]:
            page.locator(".wme-said").evaluate("element => element.replaceChildren()")
            look(page, text)
            assert words in page.locator(".wme-said").inner_text()
            if words.startswith(("The", "It")):  # the command stands in the box that copies it, and nowhere else
                assert page.locator(".wme-said code").inner_text() == "kubectl get events -A -o json > events.json"
                assert page.locator(".wme-said").inner_text().count("kubectl") == 1
        assert page.get_by_role("heading", name="No events").is_visible()
        page.locator(".wme-said").evaluate("element => element.replaceChildren()")
        look(page, whole[: whole.rindex('"uid"')])
        assert "It stops in the middle" in page.locator(".wme-notes").inner_text()
        assert_fits(visit)


@pytest.mark.ci
def test_what_a_file_says_is_text(browser: Browser, site: str) -> None:
    hostile = "<img src=x onerror=\"document.title='mine'\"><script>document.title='mine'</script>"
    item = made_up_events()["items"][0]
    about = {**item["involvedObject"], "name": hostile, "kind": hostile, "namespace": hostile}
    item = {
        **item,
        "involvedObject": about,
        "reason": hostile,
        "source": {"component": hostile},
        "message": f"%!s(MISSING) {hostile}",
    }
    with at(browser, site) as visit:
        look(visit.page, json.dumps({"kind": "List", "items": [item]}))
        assert visit.page.locator(".wme-objects").inner_text().count(hostile) >= 1
        assert visit.page.locator(".wme-result img").count() == 0
        assert visit.page.title() != "mine"


def test_a_file_that_is_too_large_for_a_page_is_told_where_to_go(browser: Browser, site: str) -> None:
    with at(browser, site) as visit:
        visit.page.evaluate("""() => {
            const field = document.querySelector(".wme-file"), file = new File(["{}"], "all.json");
            Object.defineProperty(file, "size", { value: 4e9 });
            Object.defineProperty(field, "files", { value: [file] });
            field.dispatchEvent(new Event("change", { bubbles: true }));
        }""")
        said = visit.page.locator(".wme-said").inner_text()
        assert "all.json has 4000 MB" in said
        assert "kevent explain events.json" in said


@pytest.mark.weekly
def test_a_hundred_megabytes_do_not_freeze_the_page(browser: Browser, site: str, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    item = made_up_events()["items"][0]
    with open(path, "w", encoding="utf-8") as opened:
        opened.write('{"kind": "List", "items": [')
        for number in range(100_000):
            about = {**item["involvedObject"], "name": f"pod-{number % 20_000}"}
            one = {
                **item,
                "involvedObject": about,
                "metadata": {"name": f"e-{number}"},
                "message": f"{number} " + "so " * 170,
            }
            opened.write(("," if number else "") + json.dumps(one))
        opened.write("]}")
    assert path.stat().st_size > 95_000_000
    with at(browser, site) as visit:
        page = visit.page
        page.locator(".wme-file").set_input_files(path)
        page.locator(".wme-reading progress").evaluate("""async bar => {
            while (bar.isConnected && bar.value === 0) await new Promise(requestAnimationFrame);
        }""")
        page.get_by_role("link", name="It is there twice").click()
        assert page.locator("#see-twice").is_visible()
        assert page.locator(".wme-reading").is_visible(), "it answers while it reads"
        page.locator(".wme-read, .wme-wrong").wait_for()
        assert "100,000 events" in page.locator(".wme-sum").inner_text()
