import { $, el } from './dom.js';
import { ask } from './feed.js';

const listedNames = 1000;
const gpusWhenUnknown = 8;

/** The bar that breaks parts of a simulated cluster. Hidden when the cluster is real. */
export class FaultBar {
  #store;
  #kinds = null;

  constructor(store) {
    this.#store = store;
    store.onChange(change => {
      if (store.simulated && this.#kinds === null) this.#load();
      if (change.shape) this.#names();
    });
    $('faults').addEventListener('submit', event => event.preventDefault());
    $('fault-node').addEventListener('input', () => this.#gpus());
  }

  aim(node, gpu) {
    $('fault-node').value = node;
    this.#gpus();
    if (gpu >= 0) $('fault-gpu').value = String(gpu);
  }

  async #load() {
    this.#kinds = [];
    try {
      this.#kinds = (await ask('/sim/kinds')).kinds;
    } catch (error) {
      $('fault-result').value = error.message;
    }
    $('kinds').replaceChildren(...this.#kinds.map(kind => el('button', {
      type: 'button', text: kind.title, title: kind.needsGpu ? 'Breaks the chosen GPU' : 'Breaks the node', onclick: () => this.#break(kind),
    })));
    $('faults').hidden = false;
    this.#gpus();
  }

  #names() {
    const names = this.#store.sortedNodes().map(node => node.name);
    $('node-names').replaceChildren(...names.slice(0, listedNames).map(name => el('option', { value: name })));
    if (!$('fault-node').value && names.length) $('fault-node').value = names[0];
  }

  #gpus() {
    const select = $('fault-gpu');
    const gpus = this.#store.nodes.get($('fault-node').value)?.gpus.length ?? gpusWhenUnknown;
    if (select.options.length !== gpus) {
      select.replaceChildren(...Array.from({ length: gpus }, (_, i) => el('option', { value: i, text: i })));
    }
  }

  async #break(kind) {
    const node = $('fault-node').value.trim();
    const result = $('fault-result');
    const where = kind.needsGpu ? `${node} GPU ${$('fault-gpu').value}` : node;
    result.className = 'result';
    result.value = 'Breaking…';
    try {
      const body = { node, kind: kind.name, alert: $('fault-alert').checked };
      if (kind.needsGpu) body.gpu = Number($('fault-gpu').value);
      const done = await ask('/sim/faults', body);
      result.value = `${kind.title}: ${where}. ${done.alert ? `Alert ${done.alert} was sent.` : 'No alert was sent.'}`;
    } catch (error) {
      result.className = 'result trouble';
      result.value = error.message;
    }
  }
}
