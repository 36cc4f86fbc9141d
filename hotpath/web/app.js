import { $, el, setText } from './dom.js';
import { FaultBar } from './faults.js';
import { follow } from './feed.js';
import { swatch } from './glyphs.js';
import { ClusterMap } from './map.js';
import { NodePanel } from './nodepanel.js';
import { RunList, refreshTimes } from './runlist.js';
import { RunPanel } from './runpanel.js';
import { showSummary } from './describe.js';
import { states } from './states.js';
import { Store } from './store.js';
import { count, duration, plural } from './words.js';

const store = new Store();
const view = { node: null, run: null };

const map = new ClusterMap(store, (name, gpu) => openNode(name, gpu));
const palette = () => map.palette;
const faults = new FaultBar(store);
const runs = new RunList(store, palette, openRun);
const runPanel = new RunPanel(store, palette, openNode, () => openRun(null));
const nodePanel = new NodePanel(store, palette, openRun, () => openNode(null));

function openNode(name, gpu = -1) {
  view.node = name;
  map.select(name);
  nodePanel.show(name);
  if (name) {
    faults.aim(name, gpu);
    const run = store.nodes.get(name)?.run;
    if (run) return openRun(run);
  }
  keepAddress();
}

function openRun(id) {
  view.run = id;
  runs.select(id);
  runPanel.show(id).then(() => refreshTimes());
  keepAddress();
}

/** What is open stays in the address, so that it can be shared and survives a reload. */
function keepAddress() {
  const hash = new URLSearchParams(Object.entries(view).filter(([, value]) => value)).toString();
  history.replaceState(null, '', hash ? `#${hash}` : location.pathname);
}

function openAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const [node, run] = [asked.get('node'), asked.get('run')];
  if (node) {
    map.find(node);
    openNode(node);
  }
  if (run) openRun(run);
}

function showFigures() {
  const counts = store.counts();
  const repair = store.timeToRepair();
  setText($('f-nodes'), count(counts.nodes));
  setText($('f-gpus'), count(counts.gpus));
  setText($('f-used'), counts.gpus ? `${Math.round((100 * counts.inUse) / counts.gpus)} %` : '–');
  setText($('f-out'), count(counts.out));
  setText($('f-live'), count(store.live().length) + (store.moreRuns ? '+' : ''));
  setText($('f-mttr'), repair.mean === null ? '–' : duration(repair.mean));
  $('f-mttr').parentElement.title = `Mean time from the start of a run to Healthy, over ${plural(repair.runs, 'ended run')}`;
  showSummary(counts, store.trouble);
  for (const { key } of states) setText($(`legend-${key}`), count(counts.squares[key] ?? 0));
}

function showLegend() {
  const items = states.map(state => el('li', { title: state.help },
    swatch(state.key, palette()), el('span', { text: state.title }), el('span', { class: 'n', id: `legend-${state.key}`, text: '0' })));
  $('legend').replaceChildren(...items);
}

function showLink(link) {
  $('link').dataset.state = link;
  setText($('link-text'), { live: 'Live', lost: 'Reconnecting', full: 'Refused, trying again' }[link]);
}

store.onChange(() => {
  showFigures();
  refreshTimes();
});
addEventListener('themechange', () => {
  showLegend();
  showFigures();
  runs.render();
  nodePanel.show(view.node);
  runPanel.show(view.run).then(() => refreshTimes());
});
$('find').addEventListener('submit', event => {
  event.preventDefault();
  const name = $('find-name').value.trim();
  if (map.find(name)) openNode(name);
  else setText($('summary'), `There is no node ${name}.`);
});
addEventListener('keydown', event => {
  if (event.key === '/' && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? '')) {
    event.preventDefault();
    $('find-name').focus();
  }
});

showLegend();
setInterval(refreshTimes, 1000);
let opened = false;
follow(store, link => {
  showLink(link);
  if (link === 'live' && !opened) {
    opened = true;
    queueMicrotask(openAddress);
  }
});
