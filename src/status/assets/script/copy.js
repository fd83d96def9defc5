/* Makes a button of each link to values, which copies them as they are in the API. Without it the link leads there. */
(() => {
  "use strict";

  const SHOWN_MS = 2000;

  function prepare() {
    if (!navigator.clipboard) return; // over plain HTTP there is none: the link is as good
    for (const link of document.querySelectorAll("a.copy")) {
      link.textContent = link.dataset.copy;
    }
  }

  async function copy(link) {
    const said = await take(link.href);
    if (said === null) return location.assign(link.href);
    link.textContent = link.dataset.copied;
    document.getElementById("announced").textContent = link.dataset.copied;
    setTimeout(prepare, SHOWN_MS);
  }

  /** The text that was copied, or null. */
  async function take(url) {
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok) return null;
      const text = JSON.stringify(JSON.parse(await answer.text()), null, 2);
      await navigator.clipboard.writeText(text);
      return text;
    } catch {
      return null;
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.copy");
    if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    copy(link);
  });
  document.addEventListener("status:shown", prepare);
  prepare();
})();
