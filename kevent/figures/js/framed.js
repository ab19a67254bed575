import { CallChain } from "./call_chain.js";
import { CorrelatorTimeline } from "./correlator_timeline.js";
import { Frame } from "./frame.js";
import { PickTheSchedule } from "./pick_the_schedule.js";
import { register } from "./shell.js";
import { WaitGroupWord } from "./waitgroup_word.js";

// The figures that are a drawing in the common frame.

const DRAWINGS = {
  "call-chain": CallChain,
  "correlator-timeline": CorrelatorTimeline,
  "pick-the-schedule": PickTheSchedule,
  "waitgroup-word": WaitGroupWord,
};

for (const [kind, Drawing] of Object.entries(DRAWINGS)) {
  register(kind, (root, data, { live }) => new Frame(root, data, Drawing, live && ((values) => live(values).then(({ packed }) => packed))));
}
