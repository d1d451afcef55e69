/** Keys as a person reads them. */

const NAMES: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  ' ': 'Space',
};

/** `Mod+k` → `⌘K` on a Mac, `Ctrl K` elsewhere. */
export function keyLabel(key: string, mac: boolean): string {
  const steps = key === '+' ? ['+'] : key.split('+');
  const last = steps.pop() ?? '';
  const name = NAMES[last] ?? (last.length === 1 ? last.toUpperCase() : last);
  const held = steps.map((step) => (step === 'Mod' ? (mac ? '⌘' : 'Ctrl') : step === 'Shift' ? (mac ? '⇧' : 'Shift') : mac ? '⌥' : 'Alt'));
  return mac ? held.join('') + name : [...held, name].join(' ');
}

export const IS_MAC = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);
