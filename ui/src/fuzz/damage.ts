// Texts made from texts: what both the unit tests and `cargo xtask fuzz` try.

/** Pieces that mean something to a reader of Markdown, of code or of addresses. */
const PIECES = [
  '**', '__', '_', '*', '~~', '`', '```', '\n```js\n', '~~~', '[', ']', '](', '![', ' "', '")', '[^1]', '\n[a]: ', '\n> ', '\n- ', '\n1. ', '\n    ', '\n\n', '  \n',
  '# ', '\n---\n', '\n===\n', '|', '\n|-|:-:|\n', '<', '</', '>', '<!--', '-->', '<https://', '&amp;', '&#0;', '&#x202e;', '\\', '\t', '\u0000', '\ufeff', '\u00a0', '\u202e',
  'e\u0301', '漢字', '😀', 'https://', 'http://', '//', 'www.', 'mailto:', 'javascript:', 'data:image/png;base64,', 'file:///', 'xn--', '%20', '%', '@', ':', '?', '#', '[::1]', '..',
  '"', "'", '${', '/*', '*/', '//', '{', '}', '(', ')', '\r\n', '0', '1e9', 'def ', 'SELECT ', '<?', '#!', '=', ';',
];

/** Xorshift: the same numbers from the same seed, so that what fails once fails again. */
export class Chance {
  constructor(private state: number) {}

  /** Returns a whole number from 0 up to below `bound`. */
  below(bound: number): number {
    let x = this.state | 0 || 1;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (x >>> 0) % Math.max(bound, 1);
  }

  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)]!;
  }
}

/** Returns a text with one to five places changed, cut, doubled, moved or taken from others. */
export function damaged(text: string, others: readonly string[], chance: Chance): string {
  for (let n = chance.below(5); n >= 0; n--) {
    const at = chance.below(text.length + 1);
    const put = (piece: string, instead = 0) => (text = text.slice(0, at) + piece + text.slice(at + instead));
    switch (chance.below(8)) {
      case 0:
        put(String.fromCharCode(chance.below(128)), 1);
        break;
      case 1:
        put('', chance.below(40));
        break;
      case 2:
        put(text.slice(at, at + chance.below(40)));
        break;
      case 3:
        put(chance.of(PIECES).repeat(1 + chance.below(chance.below(8) ? 3 : 200)));
        break;
      case 4: {
        const from = chance.below(text.length + 1);
        put(text.slice(from, from + chance.below(40)));
        break;
      }
      case 5: {
        const other = chance.of(others);
        const from = chance.below(other.length);
        put(other.slice(from, from + chance.below(200)));
        break;
      }
      default:
        put(chance.of(PIECES));
    }
  }
  // What a trace holds has no half surrogate pairs: they are mended where it is received.
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
