import { $, el, setText, timeEl } from './dom.js';
import { swatch } from './glyphs.js';
import { ago, codeWords, duration, stateWord, stepWord } from './words.js';

const shownRuns = 100;

/** Live runs first, then the newest ended ones. */
export class RunList {
  #store;
  #palette;
  #open;
  #selected = null;

  constructor(store, palette, open) {
    this.#store = store;
    this.#palette = palette;
    this.#open = open;
    // A snapshot without runs says that there are none.
    store.onChange(change => (change.shape || change.runs.size) && this.render());
  }

  select(id) {
    this.#selected = id;
    this.render();
  }

  render() {
    const live = this.#store.live();
    const ended = this.#store.ended();
    const shown = [...live, ...ended].slice(0, shownRuns);
    const hidden = live.length + ended.length - shown.length;
    setText($('runs-count'), `${live.length}${this.#store.moreRuns ? '+' : ''} live, ${ended.length} ended`);
    const focused = document.activeElement?.dataset?.run;
    $('runs').replaceChildren(...shown.map(run => this.#item(run)));
    if (!shown.length) $('runs').append(el('li', { class: 'empty', text: 'No repair has been needed yet.' }));
    if (hidden > 0) $('runs').append(el('li', { class: 'empty', text: `and ${hidden} more` }));
    if (focused) $('runs').querySelector(`[data-run="${CSS.escape(focused)}"]`)?.focus();
  }

  #item(run) {
    const doing = run.state === 'Acting' && run.step ? `${stateWord(run.state)} · ${stepWord(run.step)}` : stateWord(run.state);
    const when = run.ended
      ? el('span', { class: 'muted' }, timeEl(run.endedAt ?? run.openedAt), ` · took ${duration(Date.parse(run.endedAt) - Date.parse(run.openedAt))}`)
      : el('span', { class: 'muted' }, timeEl(run.openedAt, 'began '));
    return el('li', {}, el('button', {
      type: 'button', 'data-run': run.id, class: run.ended ? 'run' : 'run live', 'aria-pressed': String(run.id === this.#selected),
      onclick: () => this.#open(run.id),
    },
    swatch(run.state, this.#palette(), 18),
    el('span', { class: 'run-what' }, el('strong', { text: run.node }), el('span', { class: 'fault', text: codeWords(run.faultClass) })),
    el('span', { class: 'run-state' }, el('span', { text: doing }), when)));
  }
}

/** Brings every relative time on the page up to date. */
export function refreshTimes(now = Date.now()) {
  for (const time of document.querySelectorAll('time')) {
    setText(time, time.dataset.prefix + ago(now - Date.parse(time.dateTime)));
  }
}
