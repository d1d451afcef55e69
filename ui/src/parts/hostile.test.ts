// @vitest-environment jsdom
import { render } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import type { Part, PlacedPart } from '../lib/message';
import Attributes from './Attributes.svelte';
import ErrorNote from './ErrorNote.svelte';
import JsonTree from './JsonTree.svelte';
import Markdown from './Markdown.svelte';
import MessageBody from './MessageBody.svelte';

/** Texts that have become programs, requests or other people's pages elsewhere. */
const PAYLOADS = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<svg onload=alert(1)>', '<svg><use href="https://evil.test/x#y"/></svg>',
  '<iframe src=https://evil.test></iframe>', '<link rel=stylesheet href=https://evil.test/x.css>', '<meta http-equiv=refresh content="0;url=https://evil.test">',
  '<link rel=dns-prefetch href=//evil.test>', '<base href=https://evil.test>', '<style>@import url(https://evil.test)</style>', '<form action=https://evil.test><input type=submit>',
  '<a href="javascript:alert(1)">x</a>', '[x](javascript:alert(1))', '[x](JaVaScRiPt&colon;alert(1))', '[x](data:text/html;base64,PHNjcmlwdD4=)', '[x](vbscript:x)',
  '[x](https://user:pw@evil.test)', '![x](https://evil.test/x.png)', '![x](//evil.test/x.png)', '![x](file:///etc/passwd)', '![x](data:text/html,<script>alert(1)</script>)',
  '![x][r]\n\n[r]: https://evil.test/x.png', '<https://evil.test>', 'https://evil.test', '[![x](https://evil.test/i.png)](https://evil.test)',
  '```"><script>alert(1)</script>\nx\n```', '```html\n<script>alert(1)</script>\n```', '`<img src=x onerror=alert(1)>`', '| <img src=x onerror=alert(1)> |\n|-|\n| x |',
  '<!--><img src=x onerror=alert(1)>', '&lt;script&gt;alert(1)&lt;/script&gt;', '<math><mtext><img src=x onerror=alert(1)>', '{{constructor.constructor("alert(1)")()}}',
  '<video src=https://evil.test autoplay>', '<object data=https://evil.test>', '<embed src=https://evil.test>', '# <img src=x onerror=alert(1)>', '> <script>x</script>',
  '"><svg/onload=alert(1)>', "';alert(1)//", '\u202e<script>', '<b style="background:url(https://evil.test)">x</b>', '[x]: https://evil.test\n\n[x]',
];

/** What no text of a trace may ever become. */
function dangers(root: Element): string[] {
  const found: string[] = [];
  for (const element of root.querySelectorAll('*')) {
    const tag = element.tagName.toLowerCase();
    if (['script', 'iframe', 'object', 'embed', 'link', 'meta', 'base', 'style', 'form', 'a', 'video', 'source', 'track'].includes(tag)) found.push(tag);
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on')) found.push(`${tag} ${name}`);
      if (['src', 'href', 'srcset', 'action', 'poster', 'data', 'xlink:href', 'ping', 'background'].includes(name) && !/^data:(image|audio)\//.test(value)) found.push(`${tag} ${name}=${value}`);
    }
  }
  return found;
}

const part = (value: Part, i: number): PlacedPart => ({ view: { show: 'part', part: value }, at: `/${i}` });

test('no text becomes an element, a link or a request, wherever it stands', { timeout: 60_000 }, () => {
  for (const text of PAYLOADS) {
    const nothing = { mime: text, uri: text, bytes: null, sha256: null, transcript: text };
    const parts: PlacedPart[] = [
      ...([
        { type: 'text', text }, { type: 'reasoning', text }, { type: 'refusal', text }, { type: 'tool_result', id: text, name: text, result: text, is_error: true },
        { type: 'image', ...nothing }, { type: 'audio', ...nothing }, { type: 'file', ...nothing }, { type: 'json', value: { [text]: text, type: text } },
      ] as Part[]).map(part),
      { view: { show: 'call', call: { id: text, name: text, arguments: { [text]: [text] }, result: text, is_error: true, error: text, executed_by: text, duration_ns: 1, answered_in: null } }, at: '/c' },
    ];
    const drawn = [
      render(Markdown, { text }), render(MessageBody, { parts }), render(JsonTree, { value: { [text]: { [text]: text } }, label: text }),
      render(Attributes, { attributes: { [text]: text }, at: '', grouped: true, strange: [text] }), render(ErrorNote, { error: { type: text, message: text, stacktrace: text } }),
    ];
    for (const { container, unmount } of drawn) {
      expect(dangers(container), text).toEqual([]);
      unmount();
    }
  }
});

test('text that is no Markdown is shown literally', () => {
  const { container } = render(Markdown, { text: '<b>x</b> & <img src=x>' });
  expect(container.textContent).toContain('<b>x</b> & <img src=x>');
});

test('a picture is drawn from its own bytes only', () => {
  const image = (uri: string) => render(MessageBody, { parts: [part({ type: 'image', mime: null, uri, bytes: null, sha256: null, transcript: null }, 0)] }).container;
  expect(image('data:image/png;base64,iVBORw0KGgo=').querySelector('img')?.getAttribute('src')).toMatch(/^data:image\/png/);
  expect(image('https://evil.test/x.png').querySelector('img')).toBeNull();
  expect(image('https://evil.test/x.png').textContent).toContain('evil.test');
  expect(image('data:text/html;base64,PGI+').querySelector('img')).toBeNull();
});
