// Words that were looked for, marked where they are drawn without a change to the page: the browser paints them.

/** Marks beyond this many are not painted. */
const MOST_MARKS = 2_000;

/** Whether this browser paints marks. */
const paints = typeof CSS !== 'undefined' && 'highlights' in CSS && typeof Highlight !== 'undefined';

/** Marks `words` (in whatever case) in what is drawn below `root`; empty words mark nothing. */
export function markFound(root: Element | null, words: string): void {
  if (!paints) return;
  CSS.highlights.delete('found');
  const wanted = words.toLowerCase();
  if (wanted === '' || !root) return;
  const marks: Range[] = [];
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node && marks.length < MOST_MARKS; node = texts.nextNode()) {
    const text = node.nodeValue?.toLowerCase() ?? '';
    // A letter whose small form is longer would shift what follows.
    if (text.length !== node.nodeValue?.length) continue;
    for (let at = text.indexOf(wanted); at >= 0 && marks.length < MOST_MARKS; at = text.indexOf(wanted, at + wanted.length)) {
      const mark = document.createRange();
      mark.setStart(node, at);
      mark.setEnd(node, at + wanted.length);
      marks.push(mark);
    }
  }
  if (marks.length > 0) CSS.highlights.set('found', new Highlight(...marks));
}
