/** Editing a text by characters, as Rust counts them: a character outside of the basic plane is one, not two. */

/** How many characters stand before a place of JavaScript's. */
export function charsBefore(text: string, unit: number): number {
  return [...text.slice(0, unit)].length;
}

/** The text from one character to another. */
export function charsBetween(text: string, from: number, to: number): string {
  return [...text].slice(from, to).join('');
}

/** Puts `written` in place of the characters `from..to`; answers with the text and the caret after it, in JavaScript's places. */
export function replaceChars(text: string, from: number, to: number, written: string): { text: string; caret: number } {
  const chars = [...text];
  const before = chars.slice(0, from).join('') + written;
  return { text: before + chars.slice(to).join(''), caret: before.length };
}

/** Whether somebody is in the middle of writing a filter's text or value: what is there so far would be refused. */
export function isUnfinished(filter: string): boolean {
  return filter.split('"').length % 2 === 0 || /[:<>=(-]\s*$/.test(filter);
}
