import { defineConfig } from 'vite';

/** One file with all that is in it, whose blocks V8 counts. */
export default defineConfig({
  publicDir: false,
  build: {
    ssr: 'src/fuzz/targets.ts',
    emptyOutDir: true,
    minify: false,
    rolldownOptions: { output: { format: 'cjs', entryFileNames: '[name].cjs' } },
  },
  resolve: { alias: { 'punycode.js': '/src/lib/punycode.ts' } },
  ssr: { noExternal: true },
});
