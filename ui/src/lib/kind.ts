/** How a span kind looks: the colour is one of nine tokens, the icon tells kinds apart without colour. */
export interface KindLook {
  /** `--kind-<colour>` and the class `k-<colour>`. */
  colour: 'llm' | 'agent' | 'tool' | 'retriever' | 'embedding' | 'chain' | 'http' | 'db' | 'other';
  icon: 'llm' | 'agent' | 'tool' | 'retriever' | 'embedding' | 'chain' | 'http' | 'db' | 'other';
  word: string;
}

const look = (colour: KindLook['colour'], word: string, icon: KindLook['icon'] = colour): KindLook => ({ colour, icon, word });

const LOOKS: Record<string, KindLook> = {
  llm: look('llm', 'llm'),
  embedding: look('embedding', 'embedding'),
  agent: look('agent', 'agent'),
  chain: look('chain', 'chain'),
  tool: look('tool', 'tool'),
  retriever: look('retriever', 'retriever'),
  reranker: look('retriever', 'reranker'),
  parser: look('chain', 'parser'),
  guardrail: look('other', 'guardrail'),
  evaluator: look('other', 'evaluator'),
  memory: look('db', 'memory'),
  prompt: look('chain', 'prompt'),
  task: look('chain', 'task'),
  http: look('http', 'http'),
  db: look('db', 'db'),
  rpc: look('http', 'rpc'),
  other: look('other', 'span'),
};

const OTHER = look('other', 'span');

/** Returns how a kind is drawn; a kind nobody knows is drawn as `other`. */
export function kindLook(kind: string): KindLook {
  return LOOKS[kind] ?? OTHER;
}

/** Says whether a call was answered with vectors: no tokens come out. */
export function isVectors(kind: string, outputTokens: number | null | undefined): boolean {
  return kind === 'embedding' && outputTokens === null;
}
