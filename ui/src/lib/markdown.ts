// Markdown becomes a small tree of our own, drawn by our own components: no HTML is ever made from a trace's text.
import MarkdownIt, { type Token } from 'markdown-it';
import { safeLink, type SafeLink } from './link';

export type Inline =
  | { is: 'text'; text: string }
  | { is: 'code'; text: string }
  | { is: 'em' | 'strong' | 'del'; inside: Inline[] }
  | { is: 'link'; link: SafeLink | null; inside: Inline[] }
  | { is: 'image'; uri: string; alt: string }
  | { is: 'break' };

export type Align = 'left' | 'center' | 'right' | null;

export type Node =
  | { is: 'paragraph'; inside: Inline[]; tight: boolean }
  | { is: 'heading'; level: number; inside: Inline[] }
  | { is: 'code'; language: string; text: string }
  | { is: 'quote'; inside: Node[] }
  | { is: 'list'; start: number | null; items: Node[][] }
  | { is: 'table'; head: Inline[][]; rows: Inline[][][]; align: Align[] }
  | { is: 'rule' };

/** Longer texts are shown as sent. */
export const MARKDOWN_LIMIT = 64 * 1024;

const reader = new MarkdownIt('default', { html: false, linkify: true, typographer: false, breaks: true });
// Only what names its scheme is a link: `main.rs` and `readme.md` are files, not domains of Serbia and Moldova.
reader.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
// Every address is read: which ones may open is decided when the link is drawn.
reader.validateLink = () => true;

/** Reads Markdown; `null` = better shown as sent: too long, or built to be slow. */
export function readMarkdown(text: string): Node[] | null {
  if (text.length > MARKDOWN_LIMIT || isHostile(text)) return null;
  return new Walk(reader.parse(text, {})).blocks(null);
}

/** Says whether a text has runs of openers that make readers of Markdown slow. */
function isHostile(text: string): boolean {
  if (text.length < 2048) return false;
  let openers = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x5b || c === 0x2a || c === 0x5f || c === 0x60 || c === 0x3c || c === 0x3e || c === 0x7e || c === 0x21) openers++;
  }
  return openers > 4000 || openers * 3 > text.length;
}

/** Walks the flat list of tokens; each method stops behind what it has read. */
class Walk {
  private at = 0;
  constructor(private readonly tokens: Token[]) {}

  blocks(close: string | null): Node[] {
    const out: Node[] = [];
    for (; this.at < this.tokens.length; this.at++) {
      const token = this.tokens[this.at]!;
      if (token.type === close) break;
      const node = this.block(token);
      if (node) out.push(node);
    }
    return out;
  }

  private block(token: Token): Node | null {
    switch (token.type) {
      case 'paragraph_open':
        return { is: 'paragraph', tight: token.hidden, inside: this.line('paragraph_close') };
      case 'heading_open':
        return { is: 'heading', level: Number(token.tag.slice(1)), inside: this.line('heading_close') };
      case 'fence':
        return { is: 'code', language: token.info.trim().split(/\s+/)[0] ?? '', text: token.content.replace(/\n$/, '') };
      case 'code_block':
        return { is: 'code', language: '', text: token.content.replace(/\n$/, '') };
      case 'hr':
        return { is: 'rule' };
      case 'blockquote_open':
        this.at++;
        return { is: 'quote', inside: this.blocks('blockquote_close') };
      case 'bullet_list_open':
        return { is: 'list', start: null, items: this.items('bullet_list_close') };
      case 'ordered_list_open':
        return { is: 'list', start: Number(token.attrGet('start') ?? 1), items: this.items('ordered_list_close') };
      case 'table_open':
        return this.table();
      case 'inline':
        return { is: 'paragraph', tight: true, inside: inlines(token.children ?? []) };
      default:
        return token.content === '' ? null : { is: 'paragraph', tight: false, inside: [{ is: 'text', text: token.content }] };
    }
  }

  private line(close: string): Inline[] {
    const out: Inline[] = [];
    for (this.at++; this.tokens[this.at] && this.tokens[this.at]!.type !== close; this.at++) {
      out.push(...inlines(this.tokens[this.at]!.children ?? []));
    }
    return out;
  }

  private items(close: string): Node[][] {
    const items: Node[][] = [];
    for (this.at++; this.tokens[this.at] && this.tokens[this.at]!.type !== close; this.at++) {
      if (this.tokens[this.at]!.type !== 'list_item_open') continue;
      this.at++;
      items.push(this.blocks('list_item_close'));
    }
    return items;
  }

  private table(): Node {
    const rows: Inline[][][] = [];
    const align: Align[] = [];
    let row: Inline[][] = [];
    for (this.at++; this.tokens[this.at] && this.tokens[this.at]!.type !== 'table_close'; this.at++) {
      const token = this.tokens[this.at]!;
      if (token.type === 'tr_open') rows.push((row = []));
      if (token.type === 'th_open') align.push(alignOf(String(token.attrGet('style') ?? '')));
      if (token.type === 'inline') row.push(inlines(token.children ?? []));
    }
    return { is: 'table', head: rows[0] ?? [], rows: rows.slice(1), align };
  }
}

function alignOf(style: string): Align {
  const word = style.match(/left|center|right/)?.[0];
  return (word as Align | undefined) ?? null;
}

function inlines(tokens: Token[]): Inline[] {
  const root: Inline[] = [];
  const open: Inline[][] = [root];
  for (const token of tokens) {
    const into = open[open.length - 1]!;
    switch (token.type) {
      case 'text':
        if (token.content !== '') into.push({ is: 'text', text: token.content });
        break;
      case 'softbreak':
      case 'hardbreak':
        into.push({ is: 'break' });
        break;
      case 'code_inline':
        into.push({ is: 'code', text: token.content });
        break;
      case 'image':
        into.push({ is: 'image', uri: String(token.attrGet('src') ?? ''), alt: token.content });
        break;
      case 'link_open': {
        const inside: Inline[] = [];
        into.push({ is: 'link', link: safeLink(String(token.attrGet('href') ?? '')), inside });
        open.push(inside);
        break;
      }
      case 'em_open':
      case 'strong_open':
      case 's_open': {
        const inside: Inline[] = [];
        into.push({ is: token.type === 'em_open' ? 'em' : token.type === 'strong_open' ? 'strong' : 'del', inside });
        open.push(inside);
        break;
      }
      case 'link_close':
      case 'em_close':
      case 'strong_close':
      case 's_close':
        if (open.length > 1) open.pop();
        break;
      default:
        if (token.content !== '') into.push({ is: 'text', text: token.content });
    }
  }
  return root;
}
