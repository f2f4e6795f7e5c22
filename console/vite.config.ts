import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Where `npm run dev` finds the API. */
const server = process.env.TRUNNEL_URL ?? 'http://127.0.0.1:8080'
const api = '^/(console/api|connect/api|api|playground)/'

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': path('./src') } },
  build: {
    // The server answers with a strict policy: nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    rollupOptions: { input: { console: path('./console.html'), portal: path('./portal.html') } },
  },
  server: { proxy: { [api]: { target: server, changeOrigin: false } } },
})
