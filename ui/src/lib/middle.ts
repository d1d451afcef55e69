/** Names that are cut in their middle where there is no room: both ends tell, `…` stands between. */

/** Shorter names are cut at their end: two short ends tell less than one. */
const LEAST = 20;
/** How long the end is that stays, in characters. */
const [SHORTEST, LONGEST, OTHERWISE] = [6, 12, 10];
/** Where a word of a name begins: after a sign, and at a capital. */
const BORDER = /[^\p{L}\p{N}\p{M}][\p{L}\p{N}]|\p{Ll}\p{Lu}/gu;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** The beginning of a name, which gives way, and its end, which stays: from a word's first letter where there is one. The end is empty where the name is cut as a whole. */
export function ends(name: string): [string, string] {
  if (name.length < LEAST || RIGHT_TO_LEFT.test(name)) return [name, ''];
  const from = name.length - LONGEST;
  const border = [...name.slice(from - 1).matchAll(BORDER)].map((hit) => from - 1 + hit.index + 1).find((at) => at >= from && name.length - at >= SHORTEST);
  const at = border ?? name.length - OTHERWISE;
  // No character is torn apart.
  const whole = /[\udc00-\udfff\p{M}\u200d\ufe0f]/u.test(name.charAt(at)) || /[\u200d\ud800-\udbff]/.test(name.charAt(at - 1)) ? -1 : at;
  return whole < 0 ? [name, ''] : [name.slice(0, whole), name.slice(whole)];
}

/** Whether a name tells of a model: it need not stand beside it. */
export const tellsOf = (name: string, model: string): boolean => name.toLowerCase().includes(model.toLowerCase());

/** A model's name less the day of its version, which tells least where there is little room: `gpt-4o-2024-08-06`, `claude-sonnet-4-5-20250929`. */
export function undated(model: string): string {
  return model.replace(/[-@](20\d\d-[01]\d-[0-3]\d|20\d\d[01]\d[0-3]\d)$/, '');
}
