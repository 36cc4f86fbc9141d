import { $, el, timeEl } from './dom.js';
import { ask } from './feed.js';
import { swatch } from './glyphs.js';
import { codeWords, duration, stateWord, stepWord } from './words.js';

/** The story of one run, kept current while it lives. */
export class RunPanel {
  #store;
  #palette;
  #openNode;
  #close;
  #id = null;

  constructor(store, palette, openNode, close) {
    this.#store = store;
    this.#palette = palette;
    this.#openNode = openNode;
    this.#close = close;
    store.onChange(change => {
      if (this.#id && (change.all || change.runs.has(this.#id))) this.show(this.#id);
    });
  }

  async show(id) {
    this.#id = id;
    if (id !== null && !this.#store.runs.has(id)) await this.#fetch(id);
    else this.#render();
  }

  #render() {
    const run = this.#store.runs.get(this.#id);
    $('run-panel').hidden = !run;
    if (run) this.#replace(run);
  }

  /** A run older than those that the feed tells. */
  async #fetch(id) {
    try {
      const run = await ask(`/api/runs/${encodeURIComponent(id)}`);
      if (this.#id === id) this.#replace(run);
    } catch (error) {
      if (this.#id === id) this.#show(this.#head('Run'), el('p', { class: 'trouble', text: error.message }));
    }
  }

  #head(title, ...more) {
    return el('div', { class: 'card-head' }, el('h2', { id: 'run-title', text: title }), ...more,
      el('button', { type: 'button', class: 'close', 'aria-label': 'Close the run', onclick: this.#close, text: '×' }));
  }

  #replace(run) {
    const took = run.ended ? duration(Date.parse(run.endedAt) - Date.parse(run.openedAt)) : null;
    this.#show(
      this.#head(codeWords(run.faultClass) || 'Repair run', el('span', { class: 'chip' }, swatch(run.state, this.#palette(), 14), stateWord(run.state))),
      el('p', { class: 'run-lead' },
        el('button', { type: 'button', class: 'link', onclick: () => this.#openNode(run.node), text: run.node }),
        run.gpus.length ? `, GPU ${run.gpus.join(', ')}` : '',
        took ? `, took ${took}` : run.attempt ? `, attempt ${run.attempt}` : ''),
      run.summary && el('p', { class: 'muted', text: run.summary }),
      el('ol', { class: 'timeline', 'aria-label': 'Timeline' }, ...run.timeline.map((entry, i) => this.#entry(entry, run.timeline[i - 1]))),
      tellings(run.tellings),
      el('p', { class: 'muted small', text: `Run ${run.id}` }));
  }

  #entry(entry, before) {
    const since = before ? `+${duration(Date.parse(entry.at) - Date.parse(before.at))}` : '';
    const about = [entry.step && stepWord(entry.step), entry.step && entry.attempt ? `attempt ${entry.attempt}` : null, entry.actor && `by ${entry.actor}`];
    return el('li', {},
      swatch(entry.state, this.#palette(), 14),
      el('div', {},
        el('div', { class: 'entry-head' }, el('strong', { text: codeWords(entry.reason) || stateWord(entry.state) }), el('span', { class: 'muted' }, timeEl(entry.at), since && ` (${since})`)),
        el('div', { class: 'muted', text: [stateWord(entry.state), ...about].filter(Boolean).join(' · ') }),
        entry.detail && el('div', { class: 'detail', text: entry.detail })));
  }

  #show(...children) {
    $('run-panel').hidden = false;
    $('run-panel').replaceChildren(...children.filter(Boolean));
  }
}

const tellings = told => told.length > 0 && el('p', { class: 'muted small', text: 'Told by ' + told.map(t => (t.reference ? `${t.sender} (${t.reference})` : t.sender)).join(', ') });
