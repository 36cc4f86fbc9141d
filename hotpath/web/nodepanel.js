import { $, el } from './dom.js';
import { ask } from './feed.js';
import { swatch } from './glyphs.js';
import { stateOf } from './states.js';
import { plural } from './words.js';

const waitsForPerson = new Set(['Escalated', 'NeedsHardware']);

/** Details of one node: GPUs, workloads, runs, and giving it back after an escalation. */
export class NodePanel {
  #store;
  #palette;
  #openRun;
  #close;
  #name = null;
  #asked = 0;
  #message = '';
  #actor = '';

  constructor(store, palette, openRun, close) {
    this.#store = store;
    this.#palette = palette;
    this.#openRun = openRun;
    this.#close = close;
    store.onChange(change => {
      if (this.#name && (change.all || change.nodes.has(this.#name))) this.#load();
    });
  }

  show(name) {
    if (this.#name !== name) this.#message = '';
    this.#name = name;
    if (name === null) $('node-panel').hidden = true;
    else this.#load();
  }

  async #load() {
    const asked = ++this.#asked;
    try {
      const detail = await ask(`/api/nodes/${encodeURIComponent(this.#name)}`);
      if (asked === this.#asked && this.#name === detail.name) this.#render(detail);
    } catch (error) {
      if (asked === this.#asked && this.#name) this.#renderProblem(error.message);
    }
  }

  #head(name, ...more) {
    return el('div', { class: 'card-head' },
      el('h2', { id: 'node-title', text: name }), ...more,
      el('button', { type: 'button', class: 'close', 'aria-label': 'Close the node', onclick: this.#close, text: '×' }));
  }

  #renderProblem(message) {
    this.#replace(this.#head(this.#name), el('p', { class: 'trouble', text: message }));
  }

  #render(detail) {
    const { workloads, currentRun, lastRun, ...node } = detail;
    const state = this.#store.nodes.get(node.name)?.state ?? node.health;
    const run = currentRun ?? lastRun;
    this.#replace(
      this.#head(node.name, el('span', { class: 'chip' }, swatch(state, this.#palette(), 14), stateOf(state).title)),
      el('dl', { class: 'facts' },
        ...fact('Group', node.group || '–'), ...fact('Leaf switch', node.leaf),
        ...fact('CPU free', `${Math.floor(node.cpu.freeMilli / 1000)} of ${Math.floor(node.cpu.totalMilli / 1000)} cores`),
        ...fact('Memory free', `${Math.floor(node.memory.freeMib / 1024)} of ${Math.floor(node.memory.totalMib / 1024)} GiB`),
        ...fact('Workloads', node.maxWorkloads === null ? node.workloadCount : `${node.workloadCount} of at most ${node.maxWorkloads}`),
        ...(node.cordonOwner === 'person' ? fact('Cordoned by', 'a person') : [])),
      gpuList(node.gpus),
      workloadList(workloads),
      run && el('p', {}, el('button', { type: 'button', class: 'link', onclick: () => this.#openRun(run), text: currentRun ? 'Current run' : 'Last run' })),
      waitsForPerson.has(state) && this.#returnForm(node.name),
      this.#message && el('p', { class: 'result', role: 'status', text: this.#message }));
  }

  #returnForm(name) {
    const actor = el('input', { id: 'actor', required: true, maxlength: 100, autocomplete: 'name', placeholder: 'Your name', 'aria-label': 'Your name' });
    actor.value = this.#actor;
    actor.addEventListener('input', () => (this.#actor = actor.value));
    return el('form', {
      class: 'return',
      onsubmit: async event => {
        event.preventDefault();
        this.#message = await giveBack(name, actor.value);
        this.#load();
      },
    }, actor, el('button', { type: 'submit', text: 'Give the node back' }));
  }

  /** Keeps the keyboard where it is when news arrive in the middle of typing. */
  #replace(...children) {
    const panel = $('node-panel');
    const focused = document.activeElement?.id;
    panel.hidden = false;
    panel.replaceChildren(...children.filter(Boolean));
    if (focused === 'actor') $('actor')?.focus();
  }
}

async function giveBack(name, actor) {
  try {
    await ask(`/api/nodes/${encodeURIComponent(name)}/return`, { actor });
    return `${name} is back in scheduling.`;
  } catch (error) {
    return error.message;
  }
}

const fact = (name, value) => [el('dt', { text: name }), el('dd', { text: String(value) })];

function gpuList(gpus) {
  const items = gpus.map((gpu, i) => {
    const use = `${Math.round(gpu.used / 10)} %`;
    const meter = el('meter', { min: 0, max: 1000, value: gpu.used, 'aria-label': `GPU ${i}: ${use}${gpu.bad ? ', bad' : ''}` });
    return el('li', { class: gpu.bad ? 'bad' : '' }, el('span', { text: `GPU ${i}` }), meter, el('span', { text: gpu.bad ? 'bad' : use }));
  });
  return el('ul', { class: 'gpus' }, ...items);
}

function workloadList(workloads) {
  const shown = 12;
  const items = workloads.slice(0, shown).map(workload => el('li', {},
    el('span', { class: 'name', text: workload.name || workload.id }),
    el('span', { class: 'muted', text: workloadGpus(workload) + (workload.bound ? '' : ', not bound yet') })));
  if (workloads.length > shown) items.push(el('li', { class: 'muted', text: `and ${workloads.length - shown} more` }));
  return el('div', {}, el('h3', { text: plural(workloads.length, 'workload') }), el('ul', { class: 'workloads' }, ...items));
}

const workloadGpus = workload =>
  workload.gpus.length === 0 ? 'no GPU' : workload.gpuMilli < 1000 ? `${workload.gpuMilli / 10} % of GPU ${workload.gpus[0]}` : `GPU ${workload.gpus.join(', ')}`;
