/** Colours for a canvas, which knows no custom properties. */

/** Reads `#rrggbb`, `#rgb`, with or without alpha; null for anything else. */
export function parseHex(text: string): [number, number, number] | null {
  const hex = text.trim().replace(/^#/, '');
  if (!/^([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(hex)) return null;
  const wide = hex.length <= 4 ? [...hex].map((digit) => digit + digit).join('') : hex;
  const channel = (at: number) => parseInt(wide.slice(at, at + 2), 16);
  return [channel(0), channel(2), channel(4)];
}

/** `share` of `colour` over `ground`; the colour itself when either is not hexadecimal. */
export function mix(colour: string, ground: string, share: number): string {
  const a = parseHex(colour);
  const b = parseHex(ground);
  if (!a || !b) return colour;
  return `rgb(${a.map((channel, i) => Math.round(channel * share + (b[i] ?? 0) * (1 - share))).join(' ')})`;
}
