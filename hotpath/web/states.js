// What a square can say. `ink` is the colour of the mark on it; `out` means that the node gets no workloads.
export const states = [
  { key: 'idle', title: 'Idle' },
  { key: 'partly', title: 'Partly used' },
  { key: 'used', title: 'Used' },
  { key: 'Observed', title: 'Observed', help: 'A fault was seen; it has not acted yet', ink: 'dark' },
  { key: 'Held', title: 'Held', help: 'Waits for the storm guard, an approval or a pause', ink: 'dark' },
  { key: 'Quarantined', title: 'Quarantined', help: 'Out of scheduling by a repair run', ink: 'dark', out: true },
  { key: 'Draining', title: 'Draining', help: 'Workloads are leaving', ink: 'dark', out: true },
  { key: 'Acting', title: 'Acting', help: 'A repair step runs on the node', ink: 'light', out: true },
  { key: 'Verifying', title: 'Verifying', help: 'A health check runs', ink: 'dark', out: true },
  { key: 'Soaking', title: 'Soaking', help: 'Healthy again, watched before it is given back', ink: 'dark', out: true },
  { key: 'Escalated', title: 'Needs a person', help: 'The ladder is at its end', ink: 'light', out: true },
  { key: 'NeedsHardware', title: 'Needs hardware', help: 'A part must be replaced', ink: 'light', out: true },
  { key: 'Cordoned', title: 'Cordoned', help: 'By a person or a foreign controller', ink: 'line', out: true },
  { key: 'Unreachable', title: 'Unreachable', help: 'The node does not answer', ink: 'line', out: true },
  { key: 'bad', title: 'Bad GPU', help: 'This GPU is faulty' },
];

const byKey = new Map(states.map(state => [state.key, state]));
byKey.set('Healthy', { key: 'Healthy', title: 'Healthy' });
const unknown = { key: 'Unreachable', title: 'Unknown', ink: 'line', out: true };

export const stateOf = key => byKey.get(key) ?? unknown;

const uses = { i: 'idle', p: 'partly', u: 'used' };

export const useOf = letter => uses[letter.toLowerCase()];

export const isBad = letter => letter !== letter.toLowerCase();

/** The one state that a GPU is counted under. */
export const squareOf = (node, letter) =>
  isBad(letter) ? 'bad' : node.state === 'Healthy' ? useOf(letter) : stateOf(node.state).key;
