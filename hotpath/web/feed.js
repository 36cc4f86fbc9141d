const retryDelay = 5000;
// Three heartbeats. A line whose other end lost its power, or that a sleeping laptop left, ends without an error.
const longestSilence = 45_000;

/**
 * Follows /api/events. `onLink` hears "live", "lost" or "full". The browser reconnects by itself after a
 * broken line, but gives up after an error status, and does not notice a silent one; then this tries again.
 */
export function follow(store, onLink) {
  const source = new EventSource('/api/events');
  let silence;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      source.close();
      onLink('lost');
      follow(store, onLink);
    }, longestSilence);
  };
  heard();
  for (const name of ['snapshot', 'delta', 'heartbeat']) source.addEventListener(name, heard);
  source.addEventListener('snapshot', event => {
    onLink('live');
    store.snapshot(JSON.parse(event.data));
  });
  source.addEventListener('delta', event => store.delta(JSON.parse(event.data)));
  source.addEventListener('error', () => {
    const refused = source.readyState === EventSource.CLOSED;
    onLink(refused ? 'full' : 'lost');
    if (!refused) return;
    clearTimeout(silence);
    setTimeout(() => follow(store, onLink), retryDelay);
  });
}

/** JSON of an answer, or an error whose message is for people. */
export async function ask(path, body) {
  const options = body === undefined
    ? {}
    : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(path, options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The server answered ${response.status}`);
  return answer;
}
