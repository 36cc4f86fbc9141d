import { $, setText } from './dom.js';
import { drawMark, drawSquare, markedSquare, readPalette } from './glyphs.js';
import { arrange, hit, squareAt, tileAt } from './layout.js';
import { stateOf } from './states.js';
import { NodeCursor } from './cursor.js';
import { describe, fillTable, showTip } from './describe.js';

const font = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** The canvas with every GPU. It covers the visible part only, and paints once a frame at most, when something changed. */
export class ClusterMap {
  #store;
  #open;
  #plan = null;
  #palette = readPalette();
  #cursor = new NodeCursor();
  #selected = null;
  #pending = false;
  #frame = $('map');
  #canvas = $('canvas');

  /** @param open called with a node's name, or null to close */
  constructor(store, open) {
    this.#store = store;
    this.#open = open;
    store.onChange(change => (change.shape ? this.#arrange() : this.#paintSoon()));
    new ResizeObserver(() => this.#arrange()).observe(this.#frame);
    addEventListener('themechange', () => {
      this.#palette = readPalette();
      this.#paintSoon();
    });
    this.#frame.addEventListener('scroll', () => this.#paintSoon(), { passive: true });
    this.#frame.addEventListener('keydown', event => this.#key(event));
    this.#frame.addEventListener('focus', () => this.#focusFirst());
    this.#frame.addEventListener('blur', () => this.#paintSoon());
    this.#frame.addEventListener('click', event => this.#click(event));
    this.#frame.addEventListener('pointermove', event => showTip(this.#under(event), event));
    this.#frame.addEventListener('pointerleave', () => showTip(null));
  }

  get palette() {
    return this.#palette;
  }

  select(name) {
    this.#selected = name;
    this.#paintSoon();
  }

  /** Focuses a node and brings it into view. False: there is no such node. */
  find(name) {
    const place = this.#cursor.to(name);
    if (place) this.#focused(place);
    return place !== null;
  }

  #arrange() {
    const { clientWidth, clientHeight } = this.#frame;
    if (!clientWidth) return;
    this.#plan = arrange(this.#store.sortedNodes(), clientWidth, clientHeight);
    this.#cursor.use(this.#plan);
    $('spacer').style.height = `${Math.max(0, this.#plan.height - clientHeight)}px`;
    this.#paintSoon();
  }

  #paintSoon() {
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.#paint();
    });
  }

  #paint() {
    if (!this.#plan) return;
    const { clientWidth: width, clientHeight: height, scrollTop } = this.#frame;
    const ratio = devicePixelRatio || 1;
    const canvas = this.#canvas;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const c = canvas.getContext('2d');
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    c.translate(0, -scrollTop);
    c.textBaseline = 'middle';
    for (const heading of this.#plan.groups) this.#paintGroup(c, heading);
    for (const box of this.#plan.boxes) {
      if (box.y + box.h >= scrollTop && box.y <= scrollTop + height) this.#paintBox(c, box, scrollTop, height);
    }
  }

  #paintGroup(c, { name, y, leaves, nodes }) {
    c.font = `600 ${font.replace('11px', '12.5px')}`;
    c.fillStyle = this.#palette.ink;
    const title = name || 'No group';
    c.fillText(title, 0, y + 11);
    const after = c.measureText(title).width + 10;
    c.font = font;
    c.fillStyle = this.#palette.muted;
    c.fillText(`${nodes} nodes · ${leaves} leaf ${leaves === 1 ? 'switch' : 'switches'}`, after, y + 11);
  }

  #paintBox(c, box, scrollTop, height) {
    const { tile } = this.#plan;
    c.fillStyle = this.#palette.box;
    c.beginPath();
    c.roundRect(box.x, box.y, box.w, box.h, 6);
    c.fill();
    c.font = font;
    c.fillStyle = this.#palette.muted;
    c.fillText(box.w > 56 ? `Leaf ${box.leaf}` : `${box.leaf}`, box.left + Math.max(tile.pad, 3), box.y + tile.boxPad + 6);
    box.nodes.forEach((stale, i) => {
      const at = tileAt(this.#plan, box, i);
      if (at.y + tile.height < scrollTop || at.y > scrollTop + height) return;
      const node = this.#store.nodes.get(stale.name);
      if (node) this.#paintNode(c, node, at);
    });
  }

  #paintNode(c, node, at) {
    const { tile, labelled } = this.#plan;
    const palette = this.#palette;
    const well = node.state === 'Healthy';
    if (!well && tile.size >= markedSquare) this.#frameNode(c, at, palette[stateOf(node.state).key], 1, 4);
    for (let gpu = 0; gpu < node.gpus.length; gpu++) {
      const square = squareAt(tile, at, gpu);
      drawSquare(c, palette, node, node.gpus[gpu], square.x, square.y, tile.size);
    }
    if (labelled) this.#paintLabel(c, node, at, well);
    else if (!well && tile.size < markedSquare) this.#paintBadge(c, node, at);
    if (node.name === this.#selected) this.#frameNode(c, at, palette.focus, 2, 4);
    if (node.name === this.#cursor.name && document.activeElement === this.#frame) this.#frameNode(c, at, palette.ink, 2, 4, [3, 2]);
  }

  #paintLabel(c, node, at, well) {
    const { tile } = this.#plan;
    const room = tile.width - 2 * tile.pad;
    c.font = well ? font : `600 ${font}`;
    c.fillStyle = well ? this.#palette.muted : this.#palette.ink;
    c.fillText(node.name, at.x + tile.pad, at.y + tile.pad + 6, room);
    const word = stateOf(node.state).title;
    const left = room - c.measureText(node.name).width - 8;
    c.font = font;
    if (!well && c.measureText(word).width <= left) {
      c.fillText(word, at.x + tile.pad + room - c.measureText(word).width, at.y + tile.pad + 6);
    }
  }

  /** One mark for the whole node where a square is too small to bear its own. */
  #paintBadge(c, node, at) {
    const { tile } = this.#plan;
    const x = at.x + tile.width / 2;
    const y = at.y + tile.height / 2;
    const radius = Math.min(8, tile.height / 2 - 1);
    const state = stateOf(node.state);
    c.fillStyle = this.#palette.surface;
    c.beginPath();
    c.arc(x, y, radius, 0, Math.PI * 2);
    c.fill();
    c.strokeStyle = this.#palette[state.key];
    c.lineWidth = 1.5;
    c.stroke();
    drawMark(c, state.key, x, y, radius * 1.25, this.#palette.ink);
  }

  #frameNode(c, at, colour, width, radius, dash = []) {
    const { tile } = this.#plan;
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.setLineDash(dash);
    c.beginPath();
    c.roundRect(at.x + 1, at.y + 1, tile.width - 2, tile.height - 2, radius);
    c.stroke();
    c.setLineDash([]);
  }

  #under(event) {
    const bounds = this.#canvas.getBoundingClientRect();
    const found = this.#plan && hit(this.#plan, event.clientX - bounds.left, event.clientY - bounds.top + this.#frame.scrollTop);
    const node = found && this.#store.nodes.get(found.node.name);
    return node ? { node, gpu: found.gpu } : null;
  }

  #click(event) {
    const found = this.#under(event);
    if (!found) return;
    this.#cursor.to(found.node.name);
    this.#open(found.node.name, found.gpu);
  }

  #key(event) {
    if (event.key === 'Enter' && this.#cursor.name) this.#open(this.#cursor.name, -1);
    else if (event.key === 'Escape') this.#open(null, -1);
    else {
      const place = this.#cursor.move(event.key);
      if (!place) return;
      this.#focused(place);
    }
    event.preventDefault();
  }

  #focusFirst() {
    const place = this.#cursor.name ? this.#cursor.to(this.#cursor.name) : this.#cursor.move('Home');
    if (place) this.#focused(place);
  }

  #focused({ name, y }) {
    const { scrollTop, clientHeight } = this.#frame;
    const { tile } = this.#plan;
    if (y < scrollTop) this.#frame.scrollTop = Math.max(0, y - tile.height);
    else if (y + tile.height > scrollTop + clientHeight) this.#frame.scrollTop = y + 2 * tile.height - clientHeight;
    const node = this.#store.nodes.get(name);
    if (node) {
      setText($('announce'), describe(node));
      fillTable(node);
    }
    this.#paintSoon();
  }
}
