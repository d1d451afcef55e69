import { expect, test } from 'vitest';
import { placeOf, safeLink } from './link';

test('http and https addresses open with their host in punycode', () => {
  expect(safeLink('https://EXAMPLE.com/a?b')).toEqual({ href: 'https://example.com/a?b', host: 'example.com' });
  expect(safeLink('http://аpple.com')?.host).toBe('xn--pple-43d.com');
});

test('other schemes, hidden hosts and broken addresses never open', () => {
  const refused = [
    'javascript:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'smb://h/x',
    'mailto:a@b.c', 'vbscript:x', '//evil.test', '/path', '#a', 'https:evil.test', 'https://user@evil.test', 'https://good.com@evil.test',
    'https://', 'http://[', 'tauri://localhost', 'HTTPS://a b', 'blob:https://x/y', 'about:blank', 'ftp://x.y', 'x-apple:foo', '',
  ];
  expect(refused.filter((address) => safeLink(address) !== null)).toEqual([]);
});

test('the place of media is told without fetching', () => {
  expect(placeOf('data:image/png;base64,AAAA')).toEqual({ is: 'inline', mime: 'image/png', base64: true });
  expect(placeOf('https://example.com/a.png')).toEqual({ is: 'remote', host: 'example.com' });
  expect(placeOf('//example.com/a.png')).toEqual({ is: 'remote', host: 'example.com' });
  expect(placeOf('mlflow-attachment://abc?content_type=image%2Fpng')).toEqual({ is: 'attachment' });
  expect(placeOf('file-abc123')).toEqual({ is: 'reference' });
});
