// How the dashboard's files are made: one page, one script, one style sheet, in dist/, where the coordinator finds them.
import { defineConfig } from 'vite';

/** `npm run dev -w apps/dashboard` asks the coordinator at this address. */
const coordinator = 'http://127.0.0.1:7070';

export default defineConfig({
  build: {
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the policy of the page allows no data: addresses
    reportCompressedSize: false,
    rolldownOptions: {
      // what of the protocol only Node runs falls away; dashboard-build.test.ts looks whether it did
      external: /^node:/,
      treeshake: { moduleSideEffects: [{ external: true, sideEffects: false }] },
    },
  },
  server: {
    proxy: {
      '/v1': coordinator,
      '/health': coordinator,
      '/socket.io': { target: coordinator, ws: true },
    },
  },
});
