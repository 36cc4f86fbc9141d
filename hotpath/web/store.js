import { squareOf, stateOf } from './states.js';

const keptEndedRuns = 50;
const natural = new Intl.Collator('en', { numeric: true }).compare;

/** Nodes and runs as the feed tells them. Listeners hear once per message, with what changed; `all` means also what is gone. */
export class Store {
  nodes = new Map();
  runs = new Map();
  simulated = false;
  moreRuns = false;
  trouble = null;
  at = null;
  #listeners = [];

  onChange(listener) {
    this.#listeners.push(listener);
  }

  snapshot(message) {
    this.nodes = new Map(message.nodes.map(node => [node.name, node]));
    this.runs = new Map(message.runs.map(run => [run.id, run]));
    this.simulated = message.simulated;
    this.#finish(message, { all: true, shape: true, nodes: new Set(this.nodes.keys()), runs: new Set(this.runs.keys()) });
  }

  delta(message) {
    let shape = message.gone.length > 0;
    for (const name of message.gone) this.nodes.delete(name);
    for (const node of message.nodes) {
      const old = this.nodes.get(node.name);
      shape ||= !old || old.group !== node.group || old.leaf !== node.leaf || old.gpus.length !== node.gpus.length;
      this.nodes.set(node.name, node);
    }
    for (const run of message.runs) this.runs.set(run.id, run);
    this.#forgetOldRuns();
    const names = [...message.nodes.map(node => node.name), ...message.gone];
    this.#finish(message, { shape, nodes: new Set(names), runs: new Set(message.runs.map(run => run.id)) });
  }

  #finish(message, change) {
    this.moreRuns = message.moreRuns;
    this.trouble = message.trouble ?? null;
    this.at = message.at;
    for (const listener of this.#listeners) listener(change);
  }

  #forgetOldRuns() {
    const holding = new Set([...this.nodes.values()].map(node => node.run));
    const loose = this.ended().filter(run => !holding.has(run.id));
    for (const run of loose.slice(keptEndedRuns)) this.runs.delete(run.id);
  }

  live() {
    return [...this.runs.values()].filter(run => !run.ended).sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1));
  }

  /** Newest end first. */
  ended() {
    return [...this.runs.values()].filter(run => run.ended).sort((a, b) => ((a.endedAt ?? '') < (b.endedAt ?? '') ? 1 : -1));
  }

  /** In the order of the map: group, leaf switch, name. */
  sortedNodes() {
    return [...this.nodes.values()].sort((a, b) => natural(a.group, b.group) || a.leaf - b.leaf || natural(a.name, b.name));
  }

  counts() {
    const counts = { nodes: this.nodes.size, gpus: 0, inUse: 0, out: 0, squares: {} };
    for (const node of this.nodes.values()) {
      if (stateOf(node.state).out) counts.out++;
      counts.gpus += node.gpus.length;
      for (const letter of node.gpus) {
        const square = squareOf(node, letter);
        counts.squares[square] = (counts.squares[square] ?? 0) + 1;
        if (letter !== 'i' && letter !== 'I') counts.inUse++;
      }
    }
    return counts;
  }

  /** Mean milliseconds to Healthy over the ended runs that are known, and how many those are. */
  timeToRepair() {
    const healed = this.ended().filter(run => run.state === 'Healthy' && run.openedAt && run.endedAt);
    const total = healed.reduce((sum, run) => sum + Date.parse(run.endedAt) - Date.parse(run.openedAt), 0);
    return { mean: healed.length ? total / healed.length : null, runs: healed.length };
  }
}
