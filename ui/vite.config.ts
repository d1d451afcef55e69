import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  // Addresses are relative: the page is served from a custom scheme in the window and from loopback by `serve`.
  base: './',
  build: { target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  resolve: {
    alias: { 'punycode.js': '/src/lib/punycode.ts' },
    ...(mode === 'test' ? { conditions: ['browser'] } : {}),
  },
  // The README and the set-up page tell the same.
  server: { fs: { allow: ['..'] } },
  test: { include: ['src/**/*.test.ts'], server: { deps: { inline: ['markdown-it'] } } },
}));
