import { expect, test } from 'vitest';

/** Rules of the interface's sources that neither the compiler nor the type checker knows. */

interface Source {
  /** Under `src`, such as `views/list/TraceList.svelte`. */
  path: string;
  text: string;
}

const texts = import.meta.glob<string>('./**/*.{ts,svelte}', { query: '?raw', import: 'default', eager: true });
const all: Source[] = Object.entries(texts)
  .map(([path, text]) => ({ path: path.slice(2), text }))
  .filter(({ path }) => !path.endsWith('.test.ts') && path !== 'api/types.ts');

test('the rules see the sources', () => expect(all.map((source) => source.path)).toContain('App.svelte'));

function offenders(pattern: RegExp, allowed: (path: string) => boolean = () => false): string[] {
  return all.filter((source) => !allowed(source.path) && pattern.test(source.text)).map((source) => source.path);
}

/** What a source imports: paths under `src`, or names of packages. */
function imports(source: Source): string[] {
  const found = [...source.text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '');
  return found.map((name) => (name.startsWith('.') ? new URL(name, `file:///${source.path}`).pathname.slice(1) : name));
}

function importers(from: RegExp, of: RegExp, but: (source: string, imported: string) => boolean = () => false): string[] {
  return all
    .filter((source) => from.test(source.path))
    .flatMap((source) => imports(source).filter((name) => of.test(name) && !but(source.path, name)).map((name) => `${source.path} -> ${name}`));
}

test('trace text never becomes HTML', () => {
  expect(offenders(/\{@html|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc/)).toEqual([]);
});

/** What stands in the page, without what only the program reads. */
const markup = (source: Source) => (source.path.endsWith('.svelte') ? source.text.replace(/<script[\s\S]*?<\/script>|<style>[\s\S]*?<\/style>|<!--[\s\S]*?-->/g, '') : '');

test('names and texts of a trace are drawn so that hidden characters are seen', () => {
  const words = 'name|question|before|text|after|model|service|message|error|role|finish_reason|reason|request|description|scope|place';
  // What is written or shown as a tip as it came; `side`, `part` and the like have words of our own.
  const drawn = new RegExp(String.raw`(?<![=\w"$` + '`' + String.raw`])\{(?!(side|part|port)\.name|(chip|mark|stretch)\.text|(found|traces|rows)\.error)[\w.?!]+\.(${words})( \?\? [^{}]*)?\}`, 'g');
  const tip = new RegExp(String.raw`<[a-z][^>]*\stitle=(\{|"[^"]*\{)(?!stretch\.)[\w.?!]+\.(${words}|id|value)( \?\? [^{}]*)?\}`, 'g');
  const found = all.flatMap((source) => {
    const page = markup(source);
    return [...page.replace(/="[^"]*"/g, '').matchAll(drawn), ...page.matchAll(tip)].map(([hit]) => `${source.path}: ${hit}`);
  });
  expect(found).toEqual([]);
});

test('no style attribute is parsed from markup, which the content security policy refuses', () => {
  expect(offenders(/<[^>]*\sstyle="/)).toEqual([]);
});

test('no transition makes a style element', () => expect(offenders(/from 'svelte\/(transition|animate)'/)).toEqual([]));

test('only the client knows addresses', () => {
  const client = (path: string) => path === 'api/client.ts';
  expect(offenders(/\bfetch\(|XMLHttpRequest|EventSource|WebSocket\(|sendBeacon/, client)).toEqual([]);
  // An exported page answers the client's requests itself.
  expect(offenders(/['"`]\/?api\//, (path) => client(path) || path === 'api/carried.ts')).toEqual([]);
});

test('only host knows the desktop', () => {
  expect(importers(/^(?!host\/)/, /^@tauri-apps\//)).toEqual([]);
  expect(offenders(/__TAURI/, (path) => path.startsWith('host/'))).toEqual([]);
});

test('views are strangers to each other', () => {
  const own = (source: string, name: string) => source.split('/')[1] === name.split('/')[1] || name === 'views/props';
  expect(importers(/^views\/.+\//, /^views\//, own)).toEqual([]);
});

test('parts know nothing of traces', () => expect(importers(/^parts\//, /^(api|state|views|shell|host)\//, (_, name) => name === 'api/types')).toEqual([]));

test('lib is pure', () => expect(importers(/^lib\//, /^(api|state|views|parts|shell|host|svelte)(\/|$)/, (_, name) => name === 'api/types')).toEqual([]));

test('conventions are the reader’s business', () => {
  const words = /gen_ai\.|llm\.(input|output|model|token|usage|request)|openinference\.span|mlflow\.(span|trace|chat)|langfuse\.(observation|trace)|traceloop\.(span|entity|workflow)|ai\.(prompt|response|model)\./;
  expect(offenders(words)).toEqual([]);
});
