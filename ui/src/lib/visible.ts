/** A stretch of text, or a character that would change how its neighbours read and is shown by its name. */
export type Stretch = { text: string } | { code: string; name: string };

// Bidi controls (CVE-2021-42574), zero-width and other format characters, and control characters but tab and newline.
// eslint-disable-next-line no-control-regex
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/;
const HIDDEN_ALL = new RegExp(HIDDEN.source, 'g');

const NAMES: Record<string, string> = {
  '\u001b': 'escape',
  '\u00ad': 'soft hyphen',
  '\u200b': 'zero width space',
  '\u200e': 'left-to-right mark',
  '\u200f': 'right-to-left mark',
  '\u061c': 'Arabic letter mark',
  '\u202a': 'left-to-right embedding',
  '\u202b': 'right-to-left embedding',
  '\u202c': 'pop directional formatting',
  '\u202d': 'left-to-right override',
  '\u202e': 'right-to-left override',
  '\u2066': 'left-to-right isolate',
  '\u2067': 'right-to-left isolate',
  '\u2068': 'first strong isolate',
  '\u2069': 'pop directional isolate',
  '\u2060': 'word joiner',
  '\ufeff': 'byte order mark',
};

/** Says whether a text holds characters that are not seen but change what is seen. */
export function hasHidden(text: string): boolean {
  return HIDDEN.test(text);
}

/** Splits a text so that hidden characters can be drawn by their code. */
export function stretches(text: string): Stretch[] {
  const out: Stretch[] = [];
  let from = 0;
  for (const hit of text.matchAll(HIDDEN_ALL)) {
    if (hit.index > from) out.push({ text: text.slice(from, hit.index) });
    const code = hit[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    out.push({ code: `U+${code}`, name: NAMES[hit[0]] ?? 'control character' });
    from = hit.index + 1;
  }
  if (from < text.length) out.push({ text: text.slice(from) });
  return out;
}
