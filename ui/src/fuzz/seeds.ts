// What each promise's texts are made from.
import type * as promises from './promises';

const MARKDOWN = [
  '# Weather\n\nIt is **18 °C** in _Paris_, `sunny`.\nSee [the forecast](https://example.com/a?b=c "t") and https://example.com/x_y.\n\n> quoted\n> - a\n>   1. b\n\n---\n',
  '| city | °C |\n|:-----|---:|\n| Paris | 18 |\n| 東京 | 24 |\n\n```python\ndef f(x):\n    return x\n```\n\n1. one\n2. two\n   - three\n\n~~gone~~ &amp; kept \\* ![p](data:image/png;base64,iVBO)',
  'Title\n=====\n\nText[^1] with <b>html</b>, <https://example.com> and [a][b].\n\n[b]: https://example.com/b "B"\n\n* * *\n\n    indented code\n',
  'Plain words, 漢字かな交じり文, עברית and emoji 😀.\nA second line\n\n- a\n- b\n\n  more of b',
  '***bold and italic** only italic* **a*b**c* _a_b_ __init__ snake_case_name 2*3*4',
];

const CODE = [
  'json\n{"a": [1, -2.5e3, true, null, "x\\n\\u00e9"], "b": {"c": ""}}',
  'python\n@d\nasync def f(a: int = 0x1F, *b, **c) -> "X":\n    """doc"""\n    return f"{a!r:>{b}}" if a else r\'\\d\' # c\n',
  'typescript\nconst x: Map<string, (a: number) => void> = new Map(); // c\nexport default async function* f() { yield `a${1 + /re[/]x/g.test("b")}`; }\nconst e = <a href="b">{c}</a>;',
  'rust\n#[derive(Debug)]\nfn f<\'a, T: Into<u8>>(x: &\'a str) -> r#type { println!("{x:?}", r#"raw"#); b\'\\n\' as u8 }',
  'sql\nSELECT a, count(*) AS n FROM "t" WHERE b LIKE \'%x%\' AND c > 1.5 -- c\nGROUP BY 1;',
  'yaml\na: &b\n  - "c": !!int 1\n  - |\n    text\n  - *b # c\n',
  'xml\n<?xml version="1.0"?><!-- c --><a b="c" d=\'e\'><![CDATA[x]]>&amp;<script>let x = 1 < 2;</script><style>a{b:c}</style></a>',
  'bash\n#!/bin/sh\nfor i in $(seq 1 3); do echo "${i:-x}" | grep -E \'a\' <<EOF\n$x\nEOF\ndone # c',
  'css\n@media (min-width: 1px) { a::before, #b > .c:not([d="e"]) { color: #fff !important; width: calc(1px + 2%) } }',
  'diff\n--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n', 'go\nfunc (r *R) F(a ...int) (b map[string]chan<- int, err error) { defer func() { `raw` }() }',
  'java\n@A(b = 1) public final class C<T extends D> { int e = 0b1_0; char f = \'\\u0041\'; }', 'cpp\n#include <a>\ntemplate<class T> auto f(T&& x) -> decltype(x) { return R"(raw)"; } // c\n',
  'csharp\nvar s = $@"a {b:0.0} ""c"""; public async Task<int?> F() => await x!;',
];

const ADDRESSES = [
  'https://example.com/a?b=c#d', 'http://localhost:8080/', 'https://user:password@example.com', 'https://xn--80ak6aa92e.com', 'https://раураl.com', 'javascript:alert(1)', '//example.com/x.png',
  'data:image/png;base64,iVBORw0KGgo=', 'data:text/html;charset=utf-8,<b>', 'mlflow-attachment://x', 'file:///etc/passwd', 'https://[::1]:1/', 'https://1.1/', 'https:\\\\example.com', 'gs://bucket/x', 'a/b.png',
];

/** The texts of each promise. */
export const SEEDS: Record<keyof typeof promises, readonly string[]> = { markdown: MARKDOWN, code: CODE, address: ADDRESSES };
