// Scripts for what stands further down a page: they come when the reader is near it, or the page's address names it.
"use strict";
(() => {
  const asked = new Set();

  function bring({ dataset }) {
    for (const address of dataset.scripts.split(" ")) {
      if (asked.has(address)) continue;
      asked.add(address);
      document.head.append(Object.assign(document.createElement("script"), { src: address, async: false })); // in their order
    }
  }

  const near = new IntersectionObserver(entries => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      bring(target);
    }
  }, { rootMargin: "100% 0%" });
  for (const element of document.querySelectorAll("[data-scripts]")) {
    if (element.id && element.id === location.hash.slice(1).split("?")[0]) bring(element);
    else near.observe(element);
  }
})();
