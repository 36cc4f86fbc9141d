// Where every node goes: machine groups one under the other, in each the boxes of its leaf switches, in each its nodes.

const columns = 4;
const groupTitle = 26;
const groupGap = 12;
const leafTitle = 15;
const biggest = 26;
// Smaller squares could not be told apart; from here on the map scrolls.
const smallest = 6;
// Up to here every node bears its name, and squares stay large enough for their marks.
const labelledNodes = 200;
const smallestLabelled = 12;

/**
 * @param nodes frames sorted by group, leaf and name
 * @param width,height CSS pixels that the map may fill without scrolling
 * @returns {{boxes, groups, size, height, tile, labelled}} boxes hold `nodes` in rows of `across`
 */
export function arrange(nodes, width, height) {
  const tree = group(nodes);
  const labelled = nodes.length <= labelledNodes;
  const rows = Math.max(1, Math.ceil(Math.max(0, ...tree.flatMap(g => g.leaves.map(l => l.most))) / columns));
  const least = labelled ? smallestLabelled : smallest;
  for (let size = biggest; size > least; size--) {
    const plan = pack(tree, tileOf(size, rows, labelled), width);
    if (plan.height <= height) return { ...plan, labelled };
  }
  return { ...pack(tree, tileOf(least, rows, labelled), width), labelled };
}

function group(nodes) {
  const groups = new Map();
  for (const node of nodes) {
    const leaves = groups.get(node.group) ?? groups.set(node.group, new Map()).get(node.group);
    const leaf = leaves.get(node.leaf) ?? leaves.set(node.leaf, { leaf: node.leaf, nodes: [], most: 0 }).get(node.leaf);
    leaf.nodes.push(node);
    leaf.most = Math.max(leaf.most, node.gpus.length);
  }
  return [...groups].map(([name, leaves]) => ({ name, leaves: [...leaves.values()] }));
}

function tileOf(size, rows, labelled) {
  const roomy = size >= 12;
  const gap = roomy ? 2 : 1;
  const pad = roomy ? 5 : 2;
  const head = labelled ? 17 : 0;
  return {
    size, gap, pad, head,
    boxPad: roomy ? 6 : 4,
    boxGap: roomy ? 8 : 5,
    width: Math.max(columns * size + (columns - 1) * gap, labelled ? 62 : 0) + 2 * pad,
    height: rows * size + (rows - 1) * gap + 2 * pad + head,
  };
}

/** For each group, tries every width of the leaf boxes and takes the one that needs the least height. */
function pack(tree, tile, width) {
  const plan = { boxes: [], groups: [], tile, height: 0 };
  const most = Math.max(1, Math.floor((width - 2 * tile.boxPad) / tile.width));
  for (const { name, leaves } of tree) {
    const longest = Math.min(most, Math.max(...leaves.map(leaf => leaf.nodes.length)));
    let best = { height: Infinity };
    for (let across = 1; across <= longest; across++) {
      const placed = place(leaves, tile, width, across);
      if (placed.height < best.height) best = placed;
    }
    plan.groups.push({ name, y: plan.height, leaves: leaves.length, nodes: leaves.reduce((sum, leaf) => sum + leaf.nodes.length, 0) });
    const top = plan.height + groupTitle;
    for (const box of best.boxes) plan.boxes.push({ ...box, y: box.y + top, top: box.top + top });
    plan.height = top + best.height + groupGap;
  }
  return plan;
}

function place(leaves, tile, width, across) {
  const boxes = [];
  let [x, y, rowHeight] = [0, 0, 0];
  for (const leaf of leaves) {
    const columnsHere = Math.min(across, leaf.nodes.length);
    const w = columnsHere * tile.width + 2 * tile.boxPad;
    const h = Math.ceil(leaf.nodes.length / columnsHere) * tile.height + 2 * tile.boxPad + leafTitle;
    if (x > 0 && x + w > width) [x, y, rowHeight] = [0, y + rowHeight + tile.boxGap, 0];
    boxes.push({ x, y, w, h, leaf: leaf.leaf, nodes: leaf.nodes, across: columnsHere, left: x + tile.boxPad, top: y + tile.boxPad + leafTitle });
    x += w + tile.boxGap;
    rowHeight = Math.max(rowHeight, h);
  }
  return { boxes, height: y + rowHeight };
}

export const tileAt = (plan, box, i) => ({
  x: box.left + (i % box.across) * plan.tile.width,
  y: box.top + Math.floor(i / box.across) * plan.tile.height,
});

/** Node and GPU under a point, or null. `gpu` is -1 beside the squares. */
export function hit(plan, x, y) {
  const box = plan.boxes.find(b => x >= b.left && x < b.x + b.w && y >= b.top && y < b.y + b.h);
  if (!box) return null;
  const { tile } = plan;
  const column = Math.floor((x - box.left) / tile.width);
  const i = Math.floor((y - box.top) / tile.height) * box.across + column;
  const node = box.nodes[i];
  if (column >= box.across || !node) return null;
  const at = tileAt(plan, box, i);
  const step = tile.size + tile.gap;
  const gx = Math.floor((x - at.x - tile.pad) / step);
  const gy = Math.floor((y - at.y - tile.pad - tile.head) / step);
  const gpu = gx >= 0 && gx < columns && gy >= 0 ? gy * columns + gx : -1;
  return { node, gpu: gpu < node.gpus.length ? gpu : -1 };
}

export const squareAt = (tile, at, gpu) => ({
  x: at.x + tile.pad + (gpu % columns) * (tile.size + tile.gap),
  y: at.y + tile.pad + tile.head + Math.floor(gpu / columns) * (tile.size + tile.gap),
});
