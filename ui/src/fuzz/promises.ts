// What holds for every text of a trace, whatever it is. Held against damaged texts by the unit tests, and against texts that are looked
// for by what they reach by `cargo xtask fuzz`.
import { highlight } from '../lib/highlight';
import { placeOf, safeLink } from '../lib/link';
import { readMarkdown, type Inline, type Node } from '../lib/markdown';

/** Markdown: what is drawn was sent, plain text is drawn whole, and an address that opens is one of the web. */
export function markdown(text: string): void {
  const nodes = readMarkdown(text);
  if (nodes === null) return;
  const drawn: string[] = [];
  nodes.forEach((node) => walk(node, drawn));
  const [shown, sent] = [letters(drawn.join('')), letters(text)];
  // `&eacute;` and, in an address, `%C3%A9` are drawn in letters that were not written.
  if (!/[&%]/.test(text) && !isWithin(shown, sent)) broken('letters are drawn that were not sent', text);
  // Addresses, languages of code and what is beyond a table's columns are not drawn as text.
  if (!/[&%[\]<>`~|\\]/.test(text) && shown !== sent) broken('letters are missing', text);
}

/** Code: coloured or not, all of it and nothing else is drawn. The first line names the language. */
export function code(text: string): void {
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  const drawn = highlight(body, text.slice(0, Math.max(end, 0)));
  if (drawn.map((stretch) => stretch.text).join('') !== body) broken('code is not drawn as it was sent', text);
}

/** Addresses: what opens is what the browser's parser reads in it, and shows whom it asks; what is fetched from elsewhere says so. */
export function address(text: string): void {
  const link = safeLink(text);
  if (link !== null) opens(link.href, link.host, text);
  const place = placeOf(text);
  if (place.is === 'remote' && place.host === '') broken('an address elsewhere names no host', text);
  // What is not told from a word is never given to the page as an address, so all that the page would fetch has to be told.
  if (place.is === 'inline' && !/^data:/i.test(text)) broken('bytes are said to be here that are not', text);
}

function walk(node: Node, drawn: string[]): void {
  const all = (inside: Inline[]) => inside.forEach((inline) => walkInline(inline, drawn));
  switch (node.is) {
    case 'paragraph':
    case 'heading':
      return all(node.inside);
    case 'code':
      drawn.push(node.text);
      return;
    case 'quote':
      return node.inside.forEach((inside) => walk(inside, drawn));
    case 'list':
      return node.items.forEach((item) => item.forEach((inside) => walk(inside, drawn)));
    case 'table':
      return [node.head, ...node.rows].forEach((row) => row.forEach(all));
    case 'rule':
      return;
  }
}

function walkInline(inline: Inline, drawn: string[]): void {
  if (inline.is === 'text' || inline.is === 'code') drawn.push(inline.text);
  else if (inline.is === 'image') drawn.push(inline.alt);
  else if ('inside' in inline) {
    if (inline.is === 'link' && inline.link) opens(inline.link.href, inline.link.host, inline.link.href);
    inline.inside.forEach((inside) => walkInline(inside, drawn));
  }
}

function opens(href: string, host: string, text: string): void {
  const url = new URL(href);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  if (!isWeb || url.username !== '' || url.password !== '' || url.host !== host || host === '' || url.href !== href) broken('an address opens that is not what it seems', text);
}

/** The letters of a text: all else may be markup. Numbers may be those of a list. */
const letters = (text: string): string => text.replace(/\P{L}+/gu, '');

/** Says whether a text's letters stand in another one in the same order. */
function isWithin(some: string, all: string): boolean {
  let at = 0;
  for (const letter of some) {
    at = all.indexOf(letter, at) + letter.length;
    if (at < letter.length) return false;
  }
  return true;
}

function broken(promise: string, text: string): never {
  throw new Error(`${promise}: ${JSON.stringify(text)}`);
}
