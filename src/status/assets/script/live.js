/* Keeps a page current: it asks for itself again and lets htmx change what has changed, so that scroll, focus, selection
   and open branches stay. Says so where the server does not answer. Without it the page is the same, with a link. */
(() => {
  "use strict";

  const LONGEST_S = 300;
  /** The page is no longer for who looks at it, or no longer there: the answer itself says why. */
  const OVER = [401, 403, 404, 410];
  /** Our own files, which a new release has under another address. */
  const FILES = "link[rel=stylesheet][href$='/status.css'], script[src$='/status.js']";
  const PATIENCE_S = 20;
  const page = document.documentElement;
  const main = () => document.getElementById("main");
  const everyS = Number(main()?.dataset.every) || 0;
  if (!everyS || !window.htmx) return;

  let waitS = everyS;
  let timer = 0;
  let asking = false;
  let lastAt = Date.now();
  let lostAt = 0;

  /** The state and the sentence as they are now on the page, to tell when they change. */
  const said = () => main()?.dataset.said ?? "";

  function plan() {
    clearTimeout(timer);
    timer = setTimeout(refresh, waitS * 1000);
  }

  async function refresh() {
    if (asking) return;
    asking = true;
    const before = said();
    const stop = new AbortController();
    const patience = setTimeout(() => stop.abort(), PATIENCE_S * 1000);
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: stop.signal, redirect: "manual" });
      if (answer.type === "opaqueredirect" || OVER.includes(answer.status)) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
      lastAt = Date.now();
      lost(false);
      if (said() !== before) announce(said());
    } catch {
      lost(true);
    } finally {
      clearTimeout(patience);
      asking = false;
      // Nobody looks: ask ever less often, until somebody does.
      waitS = document.hidden ? Math.min(waitS * 2, LONGEST_S) : everyS;
      plan();
    }
  }

  /** Change the page into the one that was sent. */
  function show(text) {
    const sent = new DOMParser().parseFromString(text, "text/html");
    const its = sent.getElementById("main");
    if (!its) throw new Error("no page of ours");
    // A new release is running: its page is not for the style and the script of the old one.
    if (files(sent) !== files(document)) return location.reload();
    const focused = focusedCheck();
    htmx.swap({ target: main(), text: its.outerHTML, swap: "outerMorph", sourceElement: main() });
    focusNearest(focused);
    document.dispatchEvent(new Event("status:shown"));
    document.title = sent.title;
    document.body.className = sent.body.className;
    const icon = document.querySelector("link[rel=icon]");
    const itsIcon = sent.querySelector("link[rel=icon]");
    if (icon && itsIcon && icon.getAttribute("href") !== itsIcon.getAttribute("href")) {
      // A new element: browsers keep the picture of one whose address merely changes.
      icon.replaceWith(document.importNode(itsIcon, true));
    }
  }

  function files(of) {
    return [...of.querySelectorAll(FILES)].map((each) => each.getAttribute("href") ?? each.getAttribute("src")).join(" ");
  }

  /** The reference of the check whose row has the focus. */
  function focusedCheck() {
    return document.activeElement?.closest?.(".row")?.querySelector(".name")?.title ?? "";
  }

  /** Where the focused row is gone, its provider's takes over, or the first of its components': never another check's. */
  function focusNearest(reference) {
    if (!reference || document.activeElement !== document.body) return;
    const near = (other) => other.startsWith(`${reference}/`) || reference.startsWith(`${other}/`);
    for (const name of document.querySelectorAll(".row a.name")) {
      if (near(name.title)) return name.focus({ preventScroll: true });
    }
  }

  function lost(is) {
    const band = document.getElementById("contact");
    if (!is) {
      lostAt = 0;
      band.hidden = true;
      page.classList.remove("is-lost");
      return;
    }
    lostAt ||= lastAt;
    const said = band.dataset.lost.replace("{time}", new Date(lostAt).toLocaleTimeString(page.lang));
    // Written once: some screen readers tell it again whenever it is written.
    if (band.textContent !== said) band.textContent = said;
    band.hidden = false;
    page.classList.add("is-lost");
  }

  function announce(text) {
    document.getElementById("announced").textContent = text;
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    waitS = everyS;
    if (Date.now() - lastAt >= everyS * 1000) refresh();
    else plan();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("a[data-refresh]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    refresh();
  });
  plan();
})();
