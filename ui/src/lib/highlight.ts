// Code becomes stretches with a class each; highlight.js' own HTML is never used.
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const LANGUAGES = { bash, cpp, csharp, css, diff, go, java, json, python, rust, sql, typescript, xml, yaml };
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);
hljs.registerAliases(['shell', 'console', 'sh', 'zsh'], { languageName: 'bash' });
// TypeScript's grammar is JavaScript's and more: one of them is enough.
hljs.registerAliases(['javascript', 'js', 'jsx', 'mjs', 'cjs'], { languageName: 'typescript' });
hljs.registerAliases(['c', 'h', 'cc'], { languageName: 'cpp' });

/** Longer code is drawn plain. */
export const HIGHLIGHT_LIMIT = 16 * 1024;

/** How a stretch of code is drawn: keyword, comment, string, number, name, added, deleted, or plain. */
export type CodeClass = 'kw' | 'cm' | 'js' | 'jn' | 'nm' | 'add' | 'del' | '';
export interface CodeStretch {
  text: string;
  as: CodeClass;
}

interface TreeNode {
  scope?: string;
  children: (TreeNode | string)[];
}

/** Splits code by its grammar; plain when the language is unknown or the code is long. */
export function highlight(code: string, language: string): CodeStretch[] {
  const plain: CodeStretch[] = [{ text: code, as: '' }];
  if (code.length > HIGHLIGHT_LIMIT || !hljs.getLanguage(language)) return plain;
  // `rootNode` is what the default emitter builds before it is turned into HTML.
  const emitter = hljs.highlight(code, { language, ignoreIllegals: true })._emitter as unknown as { rootNode?: TreeNode };
  if (!emitter.rootNode) return plain;
  const out: CodeStretch[] = [];
  collect(emitter.rootNode, '', out);
  return out.map((s) => s.text).join('') === code ? out : plain;
}

function collect(node: TreeNode, above: CodeClass, out: CodeStretch[]): void {
  const as = classOf(node.scope) || above;
  for (const child of node.children) {
    if (typeof child !== 'string') collect(child, as, out);
    else if (out.length > 0 && out[out.length - 1]!.as === as) out[out.length - 1]!.text += child;
    else out.push({ text: child, as });
  }
}

function classOf(scope: string | undefined): CodeClass {
  switch (scope?.split('.')[0]) {
    case 'keyword':
    case 'selector-tag':
    case 'meta':
      return 'kw';
    case 'comment':
    case 'quote':
    case 'doctag':
      return 'cm';
    case 'string':
    case 'regexp':
    case 'char':
      return 'js';
    case 'number':
    case 'literal':
    case 'symbol':
      return 'jn';
    case 'title':
    case 'attr':
    case 'name':
    case 'type':
    case 'built_in':
      return 'nm';
    case 'addition':
      return 'add';
    case 'deletion':
      return 'del';
    default:
      return '';
  }
}
