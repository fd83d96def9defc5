/* Searches what is on the page: of what can be found, what has not all of the words is hidden. */
(() => {
  "use strict";

  const words = () => (document.getElementById("find-text")?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean);

  function find() {
    const form = document.getElementById("find");
    if (!form) return;
    form.hidden = false;
    const wanted = words();
    const all = document.querySelectorAll("[data-find]");
    let count = 0;
    for (const each of all) {
      const text = each.textContent.toLowerCase();
      const found = wanted.every((word) => text.includes(word));
      each.hidden = !found;
      count += found;
      if (found && wanted.length) open(each, wanted);
    }
    const output = form.querySelector("output");
    output.textContent = wanted.length ? output.dataset.found.replace("{count}", count).replace("{all}", all.length) : "";
    // A heading over nothing is no help.
    for (const group of document.querySelectorAll(".card:not([data-find]), .group")) {
      group.hidden = wanted.length > 0 && !group.querySelector("[data-find]:not([hidden])");
    }
  }

  /** Open the branches that hold what was looked for. */
  function open(found, wanted) {
    for (const branch of found.querySelectorAll("details:not([open])")) {
      const text = branch.textContent.toLowerCase();
      if (wanted.some((word) => text.includes(word))) branch.open = true;
    }
  }

  document.addEventListener("input", (event) => {
    if (event.target.id === "find-text") find();
  });
  document.addEventListener("status:shown", find);
  find();
})();
