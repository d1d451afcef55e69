import { getDefinition } from '../api/client';
import type { Definitions } from '../lib/tools';
import { location } from './location.svelte';

/** Where what the models of a trace were told of its tools is. */
export const definitionsOf = (traceId: string): Definitions => ({ of: (tool) => getDefinition(traceId, tool), go: (tool) => location.define(tool) });
