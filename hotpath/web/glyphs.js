import { isBad, stateOf, useOf } from './states.js';

// Below this the mark of a state goes on the node as a whole: it could not be told apart in one square.
export const markedSquare = 12;

const full = Math.PI * 2;

/** Strokes and fills that tell states apart without colour, each within a box of side `s` around (x, y). */
const marks = {
  Observed(c, x, y, s) {
    c.beginPath();
    c.arc(x, y, s * 0.22, 0, full);
    c.fill();
  },
  Held(c, x, y, s) {
    c.fillRect(x - s * 0.28, y - s * 0.34, s * 0.2, s * 0.68);
    c.fillRect(x + s * 0.08, y - s * 0.34, s * 0.2, s * 0.68);
  },
  Quarantined(c, x, y, s) {
    c.fillRect(x - s * 0.4, y - s * 0.13, s * 0.8, s * 0.26);
  },
  Draining(c, x, y, s) {
    c.fillRect(x - s * 0.09, y - s * 0.42, s * 0.18, s * 0.5);
    shape(c, [[x - s * 0.32, y + s * 0.02], [x + s * 0.32, y + s * 0.02], [x, y + s * 0.42]]);
  },
  Acting(c, x, y, s) {
    shape(c, [[x - s * 0.26, y - s * 0.38], [x + s * 0.4, y], [x - s * 0.26, y + s * 0.38]]);
  },
  Verifying(c, x, y, s) {
    line(c, s * 0.18, [[x - s * 0.36, y + s * 0.02], [x - s * 0.08, y + s * 0.3], [x + s * 0.38, y - s * 0.3]]);
  },
  Soaking(c, x, y, s) {
    shape(c, [[x - s * 0.32, y - s * 0.4], [x + s * 0.32, y - s * 0.4], [x, y]]);
    shape(c, [[x - s * 0.32, y + s * 0.4], [x + s * 0.32, y + s * 0.4], [x, y]]);
  },
  Escalated(c, x, y, s) {
    c.fillRect(x - s * 0.1, y - s * 0.42, s * 0.2, s * 0.52);
    c.fillRect(x - s * 0.1, y + s * 0.22, s * 0.2, s * 0.2);
  },
  NeedsHardware(c, x, y, s) {
    c.lineWidth = s * 0.16;
    c.strokeRect(x - s * 0.28, y - s * 0.28, s * 0.56, s * 0.56);
    for (const d of [-0.14, 0.14]) {
      line(c, s * 0.1, [[x + s * d, y - s * 0.48], [x + s * d, y - s * 0.3]]);
      line(c, s * 0.1, [[x + s * d, y + s * 0.3], [x + s * d, y + s * 0.48]]);
    }
  },
  Cordoned(c, x, y, s) {
    line(c, s * 0.14, [[x - s * 0.38, y + s * 0.38], [x + s * 0.38, y - s * 0.38]]);
  },
  Unreachable(c, x, y, s) {
    line(c, s * 0.15, [[x - s * 0.22, y - s * 0.2], [x - s * 0.12, y - s * 0.38], [x + s * 0.14, y - s * 0.38], [x + s * 0.22, y - s * 0.18], [x, y + s * 0.02], [x, y + s * 0.14]]);
    c.fillRect(x - s * 0.09, y + s * 0.26, s * 0.18, s * 0.17);
  },
};

function shape(c, points) {
  trace(c, points);
  c.closePath();
  c.fill();
}

function line(c, width, points) {
  trace(c, points);
  c.lineWidth = Math.max(1, width);
  c.stroke();
}

function trace(c, points) {
  c.beginPath();
  points.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)));
}

/** The mark of a state alone, centred on (x, y). */
export function drawMark(c, state, x, y, size, colour) {
  c.fillStyle = c.strokeStyle = colour;
  marks[state]?.(c, x, y, size);
}

/** One GPU. Use shows as filling, state as colour, a bad GPU as a cross. */
export function drawSquare(c, palette, node, letter, x, y, size) {
  const state = stateOf(node.state);
  const known = marks[state.key] !== undefined;
  const colour = known ? palette[state.key] : palette.used;
  const use = useOf(letter);
  c.fillStyle = known ? palette.tint[state.key] : palette.idle;
  c.fillRect(x, y, size, size);
  if (use === 'used') {
    c.fillStyle = colour;
    c.fillRect(x, y, size, size);
  } else if (use === 'partly') {
    c.fillStyle = colour;
    shape(c, [[x, y], [x, y + size], [x + size, y + size]]);
  }
  if (size >= 6) outline(c, palette, known ? colour : palette.edge, state.key, x, y, size);
  if (isBad(letter)) drawCross(c, palette, x, y, size);
  else if (known && size >= markedSquare) drawMark(c, state.key, x + size / 2, y + size / 2, size * 0.52, inkOn(palette, state, use));
}

function outline(c, palette, colour, key, x, y, size) {
  c.strokeStyle = colour;
  c.lineWidth = 1;
  c.setLineDash(key === 'Unreachable' ? [2, 2] : []);
  c.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
  c.setLineDash([]);
}

function inkOn(palette, state, use) {
  if (use !== 'used') return palette.ink;
  return { light: palette.inkLight, dark: palette.inkDark, line: palette.surface }[state.ink];
}

export function drawCross(c, palette, x, y, size) {
  const pad = Math.max(1, size * 0.2);
  c.fillStyle = palette.bad;
  c.fillRect(x, y, size, size);
  c.strokeStyle = palette.inkLight;
  c.lineCap = 'round';
  const width = Math.max(1.25, size * 0.14);
  line(c, width, [[x + pad, y + pad], [x + size - pad, y + size - pad]]);
  line(c, width, [[x + size - pad, y + pad], [x + pad, y + size - pad]]);
  c.lineCap = 'butt';
}

/** The palette of the theme in force. */
export function readPalette() {
  const style = getComputedStyle(document.documentElement);
  const get = name => style.getPropertyValue(name).trim();
  const palette = {
    idle: get('--idle'), edge: get('--idle-edge'), used: get('--used'), bad: get('--bad'), ink: get('--ink'), muted: get('--muted'),
    inkDark: get('--mark-dark'), inkLight: get('--mark-light'), surface: get('--surface'), box: get('--box'), line: get('--line'),
    focus: get('--accent'), tint: {},
  };
  for (const key of Object.keys(marks)) {
    palette[key] = get(`--${key}`);
    palette.tint[key] = get(`--${key}-tint`);
  }
  return palette;
}

/** A small canvas that shows one entry of the legend, or a state beside a word. */
export function swatch(key, palette, size = 16) {
  const canvas = document.createElement('canvas');
  const ratio = devicePixelRatio || 1;
  canvas.width = canvas.height = Math.round(size * ratio);
  canvas.className = 'swatch';
  canvas.setAttribute('aria-hidden', 'true');
  const c = canvas.getContext('2d');
  c.scale(ratio, ratio);
  const letter = { idle: 'i', partly: 'p', used: 'u', Healthy: 'u', bad: 'U', Cordoned: 'i', Unreachable: 'i' }[key] ?? 'u';
  const state = marks[key] ? key : 'Healthy';
  drawSquare(c, palette, { state }, letter, 0, 0, size);
  return canvas;
}
