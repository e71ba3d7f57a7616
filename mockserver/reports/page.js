"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("script");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);
  const findings = all(".finding");
  const said = one("said");

  // Theme: system, light, dark. A page opened from a file may not be allowed to remember it.
  const themes = ["system", "light", "dark"];
  const remembered = (() => { try { return localStorage.getItem("mockserver-theme"); } catch { return null; } })();
  const setTheme = (theme) => {
    if (theme === "system") root.removeAttribute("data-theme"); else root.dataset.theme = theme;
    one("theme").textContent = `Theme: ${theme}`;
    try { localStorage.setItem("mockserver-theme", theme); } catch { /* then it lasts as long as the page */ }
  };
  let theme = themes.includes(remembered) ? remembered : "system";
  setTheme(theme);
  one("theme").addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    setTheme(theme);
  });

  // Filter. A finding's text is read once, when it is first searched.
  const search = one("filter-text");
  const selects = all("[data-filter]");
  const texts = new Map();
  const text = (finding) => {
    if (!texts.has(finding)) texts.set(finding, finding.textContent.toLowerCase());
    return texts.get(finding);
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = selects.filter((select) => select.value).map((select) => [select.dataset.filter, select.value]);
    let shown = 0;
    for (const finding of findings) {
      const fits = wanted.every(([name, value]) => finding.dataset[name] === value)
        && (!words.length || words.every((word) => (text(finding) + finding.dataset.operation.toLowerCase()).includes(word)));
      finding.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const operation of all(".operation")) {
      operation.hidden = !operation.querySelector(".finding:not([hidden])");
    }
    const total = findings.length;
    one("shown").textContent = shown === total ? `${total} finding${total === 1 ? "" : "s"}` : `${shown} of ${total} findings`;
  };
  const reset = () => {
    search.value = "";
    for (const select of selects) select.value = "";
    filter();
  };
  if (search) {
    let waiting = 0;
    search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 80); });
    for (const select of selects) select.addEventListener("change", filter);
    search.form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
    one("reset").addEventListener("click", reset);
    const setOpen = (open) => { for (const finding of findings) if (!finding.hidden) finding.open = open; };
    one("open-all").addEventListener("click", () => setOpen(true));
    one("close-all").addEventListener("click", () => setOpen(false));
    document.addEventListener("keydown", (event) => {
      const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        search.focus();
      } else if (event.key === "Escape" && document.activeElement === search) {
        reset();
        search.blur();
      }
    });
    if (search.value || selects.some((select) => select.value)) filter();
  }

  // Deep links: #key opens its finding, whatever the filter says.
  const follow = () => {
    const target = location.hash.length > 1 && one(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.classList.contains("finding")) return;
    if (target.hidden) reset();
    target.open = true;
    const bar = search.form;  // it stays above what is scrolled to, and is higher where its fields need two rows
    const above = getComputedStyle(bar).position === "sticky" ? bar.offsetHeight : 0;
    root.style.scrollPaddingTop = `${above + 12}px`;
    target.scrollIntoView();
    target.querySelector("summary").focus({ preventScroll: true });
  };
  window.addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) follow();
  });
  follow();
  window.addEventListener("load", follow);  // the browser's own jump to the fragment takes the focus away again

  // Copy; where the clipboard is denied, the text is selected for the reader's own keys.
  const select = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };
  const tell = (button, words) => {
    button.textContent = words;
    said.textContent = words;
    clearTimeout(button.waiting);
    button.waiting = setTimeout(() => { button.textContent = "Copy"; }, 2500);
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.(".copy");
    if (!button) return;
    const source = button.parentElement.querySelector("pre, code");
    try {
      await navigator.clipboard.writeText(source.textContent);
      tell(button, "Copied");
    } catch {
      select(source);
      let done = false;
      try { done = document.execCommand("copy"); } catch { /* told below */ }
      tell(button, done ? "Copied" : "Selected, press Ctrl+C");
    }
  });

  // Paper shows everything; afterwards the page is as it was.
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const details of closed) details.open = true;
  });
  window.addEventListener("afterprint", () => { for (const details of closed) details.open = false; });
})();
