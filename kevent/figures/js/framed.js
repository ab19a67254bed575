import { CallChain } from "./call_chain.js";
import { Frame } from "./frame.js";
import { PickTheSchedule } from "./pick_the_schedule.js";
import { register } from "./shell.js";

// The figures that are a drawing in the common frame.

const DRAWINGS = {
  "call-chain": CallChain,
  "pick-the-schedule": PickTheSchedule,
};

for (const [kind, Drawing] of Object.entries(DRAWINGS)) {
  register(kind, (root, data, { live }) => new Frame(root, data, Drawing, live && ((values) => live(values).then(({ packed }) => packed))));
}
