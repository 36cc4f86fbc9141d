/** An element with properties and children; strings become text, never markup. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'class') node.className = value;
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'text') node.textContent = value;
    else if (name === 'hidden' || name === 'disabled' || name === 'checked') node[name] = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

export const $ = id => document.getElementById(id);

/** Sets text only when it differs, so that a screen reader is not told the same thing again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A `<time>` that `refreshTimes` keeps current. `absolute` shows on hover. */
export function timeEl(iso, prefix = '') {
  const node = el('time', { datetime: iso, title: new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' }) });
  node.dataset.prefix = prefix;
  return node;
}
