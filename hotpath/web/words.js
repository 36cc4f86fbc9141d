import { stateOf } from './states.js';

const steps = {
  drain: 'Drain',
  driverReset: 'Driver reset',
  gpuReset: 'GPU reset',
  reboot: 'Reboot',
  powerCycle: 'Power cycle',
  healthCheck: 'Health check',
  soak: 'Soak',
  escalate: 'Escalate',
};

export const stateWord = state => stateOf(state).title;

export const stepWord = step => steps[step] ?? codeWords(step);

/** "FaultAccepted" and "gpu-off-bus" as people read them: "Fault accepted", "GPU off bus". */
export function codeWords(code) {
  if (!code) return '';
  const words = code
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .map(word => (/^(gpu|xid|pcie|ecc|nvlink|cpu|ib)$/i.test(word) ? capitals(word) : word.toLowerCase()));
  const text = words.join(' ');
  return text[0].toUpperCase() + text.slice(1);
}

const capitals = word => ({ pcie: 'PCIe', nvlink: 'NVLink' })[word.toLowerCase()] ?? word.toUpperCase();

/** 950 → "0.9 s", 65,000 → "1 min 5 s". */
export function duration(ms) {
  if (ms < 10_000) return `${Math.floor(Math.max(0, ms) / 100) / 10} s`;
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor(s / 3600) % 24} h`;
}

export function ago(ms) {
  if (ms < 5_000) return 'just now';
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${s} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ago`;
  return `${Math.floor(s / 86_400)} d ago`;
}

export const count = n => n.toLocaleString('en-GB');

export const plural = (n, one, many = one + 's') => `${count(n)} ${n === 1 ? one : many}`;
