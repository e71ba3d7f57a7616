"""The page, opened and used in a headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mockserver.findings import Finding, Severity
from mockserver.reports import render
from mockserver.runs import Run
from tests.reports.browser import Browser, installed
from tests.reports.samples import check_run, compare_run
from tests.reports.test_html import hostile_run

VISIBLE = "[...document.querySelectorAll('.finding')].filter((f) => f.checkVisibility()).map((f) => f.id)"


@pytest.fixture(scope="module")
def program() -> Iterator[Browser]:
    found = installed()
    if found is None:
        pytest.skip("no Chromium is installed: apt-get install chromium, or name one by MOCKSERVER_CHROMIUM")
    browser = Browser(found)
    yield browser
    browser.close()


@pytest.fixture
def browser(program: Browser) -> Browser:
    program.window(1280, 900)
    program.media(prefers_color_scheme="light", prefers_reduced_motion="reduce")
    program.send("Emulation.setScriptExecutionDisabled", value=False)
    return program


def saved(run: Run, folder: Path) -> Path:
    """The page of a run as a file."""
    file = folder / "index.html"
    file.write_text(render(run, "html"), "utf-8")
    return file


def choose(browser: Browser, name: str, value: str) -> None:
    """Choose an option of a filter, as the reader's click would."""
    browser.run(f"(() => {{ const s = document.querySelector('[data-filter={name}]'); s.value = '{value}'; "
                "s.dispatchEvent(new Event('change')); })()")  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [("severity", "warning", 1), ("state", "known", 1), ("operation", "GET /clients", 2), ("check", "formats", 1),
     ("verdict", "bundle", 2)],
)  # fmt: skip
def test_each_filter_leaves_what_fits(browser: Browser, tmp_path: Path, name: str, value: str, left: int) -> None:
    """Choosing a value leaves the findings that have it and says how many; resetting brings all back."""
    browser.open(saved(check_run(), tmp_path))
    choose(browser, name, value)

    assert len(browser.run(VISIBLE)) == left
    assert browser.run("document.getElementById('shown').textContent") == f"{left} of 6 findings"
    browser.run("document.getElementById('reset').click()")
    assert len(browser.run(VISIBLE)) == 6


def test_text_is_searched_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    """`/` leads to the search, words narrow the findings down to those that hold them all, Escape shows all again."""
    browser.open(saved(check_run(), tmp_path))
    browser.press("/", "/")
    for letter in "overlay amount":
        browser.press(letter, letter)
    browser.wait(f"{VISIBLE}.length === 1")

    assert browser.run("document.querySelector('.finding:not([hidden])').dataset.check") == "formats"

    browser.press("Escape")

    assert len(browser.run(VISIBLE)) == 6


def test_a_link_opens_its_finding(browser: Browser, tmp_path: Path) -> None:
    """The address with a finding's key opens that one, scrolls to it and gives it the focus."""
    key = check_run().observations[3].key
    browser.open(saved(check_run(), tmp_path), f"#{key}")

    assert browser.run("[...document.querySelectorAll('.finding[open]')].map((f) => f.id)") == [key]
    assert browser.run("document.activeElement.parentElement.id") == key
    box = f"document.getElementById('{key}').firstChild.getBoundingClientRect()"
    seen = f"document.elementFromPoint({box}.left + 20, {box}.top + 4)?.closest('.finding')?.id"
    assert browser.run(seen) == key  # neither beyond the window nor below the filter


def test_a_link_wins_over_the_filter(browser: Browser, tmp_path: Path) -> None:
    """A leaf of the field tree opens its difference even when the filter had hidden it."""
    key = compare_run().observations[3].key
    browser.open(saved(compare_run(), tmp_path))
    choose(browser, "state", "known")
    assert key not in browser.run(VISIBLE)
    browser.run(f"document.querySelector('.leaf[href=\"#{key}\"]').click()")
    browser.wait(f"document.getElementById('{key}').open")

    assert key in browser.run(VISIBLE)


def test_a_finding_opens_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    """Whoever has no mouse opens a finding with Enter."""
    browser.open(saved(check_run(), tmp_path))
    browser.run("document.querySelector('.finding > summary').focus()")
    browser.press("Enter", "\r")

    assert browser.run("document.querySelector('.finding').open") is True


@pytest.mark.parametrize("allowed", [True, False])
def test_copying_gives_the_text(browser: Browser, tmp_path: Path, allowed: bool) -> None:
    """The button copies the command; where the clipboard is denied it selects the text instead, and says so."""
    observation = check_run().observations[0]
    browser.open(saved(check_run(), tmp_path), f"#{observation.key}")
    write = "window.taken = t; return Promise.resolve()" if allowed else "return Promise.reject(new Error('denied'))"
    browser.run(f"Object.defineProperty(navigator, 'clipboard', {{value: {{writeText(t) {{ {write}; }}}}}})")
    browser.run("document.execCommand = () => false")
    browser.run(f"document.querySelector('[id=\"{observation.key}\"] .curl .copy').click()")
    browser.wait("document.getElementById('said').textContent !== ''")
    taken = browser.run("window.taken" if allowed else "getSelection().toString()")

    assert taken == observation.curl
    assert browser.run("document.getElementById('said').textContent").startswith("Copied" if allowed else "Selected")


def test_the_theme_can_be_turned(browser: Browser, tmp_path: Path) -> None:
    """The page follows the system until the reader chooses light or dark."""
    ground = "getComputedStyle(document.body).backgroundColor"
    page = saved(check_run(), tmp_path)
    browser.open(page)
    light = browser.run(ground)
    browser.media(prefers_color_scheme="dark")
    dark = browser.run(ground)
    browser.run("document.getElementById('theme').click()")
    chosen = browser.run(ground)
    browser.run("document.getElementById('theme').click()")
    browser.media(prefers_color_scheme="light")

    assert dark != light == chosen
    assert browser.run(ground) == dark

    browser.run("document.getElementById('theme').click()")  # back to the system's: what is remembered is shared


def test_everything_can_be_read_without_script(browser: Browser, tmp_path: Path) -> None:
    """Without script nothing is missing but filter, theme and copying, and none of their controls is in the way."""
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(saved(compare_run(), tmp_path))

    assert len(browser.run(VISIBLE)) == 5
    assert browser.run("[...document.querySelectorAll('.scripted')].filter((n) => n.checkVisibility()).length") == 0
    browser.run("document.querySelector('.finding').open = true")
    assert "phone" in browser.run("document.querySelector('.finding .sides mark').innerText")


def test_paper_shows_what_is_folded(browser: Browser, tmp_path: Path) -> None:
    """On paper every finding is open and no control is printed, with script or without."""
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(saved(check_run(), tmp_path))
    shown = "[...document.querySelectorAll('.inside')].filter((n) => n.checkVisibility()).length"
    folded = browser.run(shown)
    browser.media("print")

    assert (folded, browser.run(shown)) == (0, 6)
    assert browser.run("[...document.querySelectorAll('button')].filter((n) => n.checkVisibility()).length") == 0
    browser.media("")


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_hangs_over_the_edge(browser: Browser, tmp_path: Path, width: int) -> None:
    """Neither a phone nor a wide window has to scroll sideways, even with everything open."""
    browser.window(width, 800)
    for run in (check_run(), compare_run()):
        browser.open(saved(run, tmp_path))
        browser.run("document.getElementById('open-all').click()")

        assert browser.run("document.documentElement.scrollWidth") <= width


def test_hostile_text_does_nothing(browser: Browser, tmp_path: Path) -> None:
    """Markup, scripts and addresses in any field stay text: nothing runs, nothing is loaded, nothing is refused."""
    browser.open(saved(hostile_run(), tmp_path))
    browser.run("document.getElementById('open-all').click()")

    assert browser.run("window.owned === undefined && document.title.startsWith('mockserver')") is True
    assert browser.run("document.scripts.length + document.images.length") == 1
    assert browser.errors == []
    assert [url for url in browser.urls if not url.startswith("file:")] == []


def test_controls_have_names(browser: Browser, tmp_path: Path) -> None:
    """Every button, field and table can be told apart by a screen reader, and ids are there once."""
    browser.open(saved(compare_run(), tmp_path))
    tree = browser.send("Accessibility.getFullAXTree")["nodes"]
    roles = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in tree if not n.get("ignored")]
    nameless = [role for role, name in roles if role in {"button", "searchbox", "combobox", "link"} and not name]

    assert nameless == []
    assert {"main", "banner", "contentinfo", "search"} <= {role for role, _ in roles}
    assert browser.run("document.querySelectorAll('[id]').length") == browser.run(
        "new Set([...document.querySelectorAll('[id]')].map((n) => n.id)).size"
    )


def test_a_thousand_findings_open_quickly(browser: Browser, tmp_path: Path) -> None:
    """A large run is there within seconds, and filtering it within a moment."""
    first = check_run().observations[0]
    many = [
        replace(first, finding=Finding(Severity.ERROR, f"AC{n % 40}", f"Finding {n}", f"GET /things/{n % 60}"))
        for n in range(1000)
    ]
    took = browser.open(saved(replace(check_run(), observations=tuple(many)), tmp_path))
    browser.run("window.began = performance.now()")
    choose(browser, "operation", "GET /things/17")
    browser.run("(() => { const s = document.getElementById('filter-text'); s.value = 'read_back'; "
                "s.form.requestSubmit(); })()")  # fmt: skip
    filtered = browser.run("performance.now() - window.began")

    assert len(browser.run(VISIBLE)) == 17
    assert took < 6_000
    assert filtered < 2_000
