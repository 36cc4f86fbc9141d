import { $, el, setText } from './dom.js';
import { isBad, stateOf, useOf } from './states.js';
import { plural } from './words.js';

const useWords = { idle: 'idle', partly: 'partly used', used: 'used' };

export const gpuWords = letter => (isBad(letter) ? `bad, ${useWords[useOf(letter)]}` : useWords[useOf(letter)]);

/** A node in one sentence. */
export function describe(node) {
  const used = [...node.gpus].filter(letter => useOf(letter) !== 'idle').length;
  const bad = [...node.gpus].filter(isBad).length;
  const parts = [`${node.name}: ${stateOf(node.state).title}`, `${used} of ${plural(node.gpus.length, 'GPU')} in use`];
  if (bad) parts.push(`${bad} bad`);
  parts.push(`leaf ${node.leaf}`);
  return parts.join(', ');
}

/** The focused node as a table, for those who cannot see the map. */
export function fillTable(node) {
  const rows = [...node.gpus].map((letter, i) => el('tr', {}, el('th', { scope: 'row', text: `GPU ${i}` }), el('td', { text: gpuWords(letter) })));
  $('focus-table').replaceChildren(
    el('caption', { text: describe(node) }),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col', text: 'GPU' }), el('th', { scope: 'col', text: 'State' }))),
    el('tbody', {}, ...rows));
}

/** The label beside the pointer. @param found `{node, gpu}` or null to hide it */
export function showTip(found, event) {
  const tip = $('tip');
  tip.hidden = !found;
  if (!found) return;
  const { node, gpu } = found;
  const title = gpu < 0 ? node.name : `${node.name} · GPU ${gpu}`;
  const detail = gpu < 0 ? stateOf(node.state).title : `${stateOf(node.state).title}, ${gpuWords(node.gpus[gpu])}`;
  if (tip.dataset.of !== title + detail) {
    tip.dataset.of = title + detail;
    tip.replaceChildren(el('strong', { text: title }), el('span', { text: detail }));
  }
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  const below = event.clientY + 18;
  const top = below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : below;
  tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

export function showSummary(counts, trouble) {
  const bad = counts.squares.bad ?? 0;
  const text = counts.nodes === 0
    ? trouble ?? 'No node is known yet.'
    : trouble ?? (counts.out || bad
      ? `${plural(counts.out, 'node')} out of scheduling, ${plural(bad, 'bad GPU')}.`
      : 'All nodes are in scheduling, no GPU is bad.');
  setText($('summary'), text);
  $('summary').classList.toggle('trouble', Boolean(trouble));
}
