import { tileAt } from './layout.js';

/** The node that the keyboard is on, and where the keys lead from it. */
export class NodeCursor {
  name = null;
  #places = [];
  #index = new Map();

  use(plan) {
    this.#places = plan.boxes.flatMap((box, b) =>
      box.nodes.map((node, i) => ({ name: node.name, box: b, ...tileAt(plan, box, i) })));
    this.#index = new Map(this.#places.map((place, i) => [place.name, i]));
    if (this.name && !this.#index.has(this.name)) this.name = null;
  }

  to(name) {
    const place = this.#places[this.#index.get(name)];
    if (!place) return null;
    this.name = name;
    return place;
  }

  /** The place a key leads to; null when the key means nothing or leads nowhere. */
  move(key) {
    const from = this.#places[this.#index.get(this.name)] ?? null;
    const last = this.#places.length - 1;
    const at = from ? this.#index.get(this.name) : -1;
    const next = {
      Home: () => this.#places[0],
      End: () => this.#places[last],
      ArrowRight: () => this.#places[Math.min(last, at + 1)],
      ArrowLeft: () => this.#places[Math.max(0, at - 1)],
      ArrowDown: () => this.#nearest(from, place => place.y > from.y),
      ArrowUp: () => this.#nearest(from, place => place.y < from.y),
      PageDown: () => this.#places.find(place => place.box === from.box + 1),
      PageUp: () => this.#places.find(place => place.box === Math.max(0, from.box - 1)),
    }[key];
    if (!next || last < 0) return null;
    const place = from || key === 'End' ? next() : this.#places[0];
    return place ? this.to(place.name) : null;
  }

  /** Nearest row first, then nearest column. */
  #nearest(from, isBeyond) {
    let best = null;
    let least = Infinity;
    for (const place of this.#places) {
      if (!isBeyond(place)) continue;
      const distance = Math.abs(place.y - from.y) * 4 + Math.abs(place.x - from.x);
      if (distance < least) [best, least] = [place, distance];
    }
    return best;
  }
}
