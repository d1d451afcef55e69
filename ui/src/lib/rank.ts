/**
 * Returns the items whose text has all letters of `typed` in order, best first: a run at the start of a word beats
 * scattered letters. With nothing typed, the order stays.
 */
export function rank<T>(items: T[], typed: string, textOf: (item: T) => string): T[] {
  const letters = typed.toLowerCase().replace(/\s+/g, '');
  if (!letters) return items;
  return items
    .map((item) => ({ item, score: score(textOf(item).toLowerCase(), letters) }))
    .filter((each) => each.score > 0)
    .sort((a, b) => b.score - a.score)
    .map((each) => each.item);
}

function score(text: string, letters: string): number {
  let total = 1;
  let from = 0;
  let run = 0;
  for (const letter of letters) {
    const at = text.indexOf(letter, from);
    if (at < 0) return 0;
    const word = at === 0 || /[^a-z0-9]/.test(text[at - 1] ?? '');
    run = at === from && from > 0 ? run + 1 : 0;
    total += 1 + run * 3 + (word ? 4 : 0) - Math.min(1, (at - from) / 50);
    from = at + 1;
  }
  return total;
}
