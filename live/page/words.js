// Why Python did not come, in a sentence.

const WHY = {
  stopped: () => "stopped; nothing was loaded",
  offline: ({ command }) => `Python did not come: you are offline, or the site is. Your lines are kept. On your machine: ${command}`,
  policy: ({ command }) => `A policy of this site or of your browser forbids WebAssembly, so Python cannot run here. On your machine: ${command}`,
  silent: ({ command }) => `Python has not answered for two minutes; something holds it back. On your machine: ${command}`,
  broken: ({ command }, why) => `Python could not start: ${why}. On your machine: ${command}`,
};

export const because = (error, places) => (WHY[error.kind] ?? WHY.broken)(places, error.message);
