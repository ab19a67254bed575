// What a page loads before anybody asks: the buttons are there already, and this brings what they need when one is pressed.
"use strict";
(() => {
  const here = document.currentScript.src;
  const page = document.getElementById("live");
  if (!page) return;
  const given = JSON.parse(page.textContent);
  const can = given.built && "Suspending" in WebAssembly;
  document.documentElement.dataset.live = can ? "ready" : given.built ? "unsupported" : "unbuilt";
  let loading;
  const bring = () => loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: new URL(given.script, here).href });
    script.onload = () => resolve(globalThis.keventLive(given, here));
    script.onerror = () => {
      loading = undefined;
      script.remove();
      reject(new Error("The buttons' script did not come. Are you offline?"));
    };
    document.head.append(script);
  });
  globalThis.keventBring = bring;
  if (can) globalThis.keventOther = (figure, values) => bring().then((live) => live.other(figure, values)); // asked by a stored figure
  if (location.hash.startsWith("#scenario=")) document.documentElement.dataset.sent = "";
  document.addEventListener("change", ({ target }) => {
    if (target.dataset.livePress) bring().then((live) => live.press(target), () => {});
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-live-press]");
    if (!button) return;
    if (button.dataset.livePress === "copy" && !loading) {
      const source = button.closest(".cell").querySelector(".cell_input pre").textContent;
      navigator.clipboard.writeText(source).then(() => { button.textContent = "Copied"; }, () => {});
      return;
    }
    bring().then((live) => live.press(button), (error) => {
      const status = button.closest(".live-bar")?.querySelector(".live-status");
      if (status) status.textContent = error.message;
    });
  });
  try {
    if (localStorage.getItem("kevent-typed")?.includes(JSON.stringify(given.page))) document.documentElement.dataset.typed = "";
  } catch { /* storage is off: nothing was kept */ }
})();
