/** A stretch of text, or a character that would change how its neighbours read and is shown by its name. */
export type Stretch = { text: string } | { code: string; name: string };

// Bidi controls (CVE-2021-42574), zero-width and other format characters, fillers that draw nothing, tags and variation selectors
// in which text can be hidden from a person and not from a model, and control characters but tab and newline. One variation
// selector, joiner or non-joiner after what it changes is writing; a second one changes nothing that is seen.
const HIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]|(?<=[\u200c\u200d])[\u200c\u200d]/u;
/** The flags that are written in tags, all there are (Unicode 17, emoji-sequences.txt): England, Scotland, Wales. */
const FLAGS = ['gbeng', 'gbsct', 'gbwls'].map((region) => `\u{1f3f4}${[...region].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('')}\u{e007f}`).join('|');
const FLAG = new RegExp(FLAGS, 'gu');
const HIDDEN_ALL = new RegExp(`${FLAGS}|${HIDDEN.source}`, 'gu');

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
  '\u2028': 'line separator',
  '\u2029': 'paragraph separator',
  '\ufeff': 'byte order mark',
};

function nameOf(character: string, code: number): string {
  if (code >= 0xfe00 && code <= 0xfe0f) return 'variation selector';
  if (code >= 0xe0000 && code <= 0xe007f) return code < 0xe0020 ? 'tag character' : `tag ${String.fromCharCode(code - 0xe0000)}`;
  return NAMES[character] ?? (code < 0xa0 ? 'control character' : 'invisible character');
}

/** Says whether a text holds characters that are not seen but change what is seen. */
export function hasHidden(text: string): boolean {
  return HIDDEN.test(text.includes('\u{1f3f4}') ? text.replaceAll(FLAG, '') : text);
}

/** Splits a text so that hidden characters can be drawn by their code. */
export function stretches(text: string): Stretch[] {
  const out: Stretch[] = [];
  let from = 0;
  for (const hit of text.matchAll(HIDDEN_ALL)) {
    if (isFlag(hit[0])) continue;
    if (hit.index > from) out.push({ text: text.slice(from, hit.index) });
    const code = hit[0].codePointAt(0) ?? 0;
    out.push({ code: written(code), name: nameOf(hit[0], code) });
    from = hit.index + hit[0].length;
  }
  if (from < text.length) out.push({ text: text.slice(from) });
  return out;
}

function isFlag(hit: string): boolean {
  return hit.startsWith('\u{1f3f4}');
}

function written(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A text with hidden characters written out, for where nothing but text can stand: titles, options, a canvas. */
export function visibleText(text: string): string {
  return hasHidden(text) ? text.replace(HIDDEN_ALL, (hidden) => (isFlag(hidden) ? hidden : `‹${written(hidden.codePointAt(0) ?? 0)}›`)) : text;
}
