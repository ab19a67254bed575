import { CallChain } from "./call_chain.js";
import { CorrelatorTimeline } from "./correlator_timeline.js";
import { EventFlow } from "./event_flow.js";
import { Frame } from "./frame.js";
import { PickTheSchedule } from "./pick_the_schedule.js";
import { WaitGroupWord } from "./waitgroup_word.js";

// How a figure comes to life: on a page from the HTML that Python wrote, in a notebook from the widget's model.

const DRAWINGS = {
  "call-chain": CallChain,
  "correlator-timeline": CorrelatorTimeline,
  "event-flow": EventFlow,
  "pick-the-schedule": PickTheSchedule,
  "waitgroup-word": WaitGroupWord,
};

export function enliven(root, data, live) {
  return new Frame(root, data, DRAWINGS[data.kind], live);
}

// On the page: each wrapper holds its recording; what it showed without a script stays for those who have none.
export function start(page = document) {
  for (const wrapper of page.querySelectorAll(".kevent-figure:not([data-alive])")) {
    wrapper.dataset.alive = "";
    enliven(wrapper, JSON.parse(wrapper.querySelector("script[type='application/json']").textContent));
  }
}

// In a notebook: anywidget calls this, and a point that was not recorded is run by the kernel.
export function render({ model, el }) {
  const waiting = new Map();
  let asked = 0;
  const onmessage = ({ request, packed, error }) => {
    const [resolve, reject] = waiting.get(request) ?? [];
    waiting.delete(request);
    if (error) reject?.(new Error(error));
    else resolve?.(packed);
  };
  model.on("msg:custom", onmessage);
  const live = (values) =>
    new Promise((resolve, reject) => {
      waiting.set(++asked, [resolve, reject]);
      model.send({ request: asked, values });
    });
  const frame = enliven(el, model.get("figure"), live);
  return () => {
    model.off("msg:custom", onmessage);
    frame.end();
  };
}
