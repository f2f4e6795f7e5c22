import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Where pictures of every page are kept. */
const PICTURES = fileURLToPath(new URL('../../../target/screenshots/', import.meta.url))

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.E2E_CHROMIUM ?? '/usr/bin/chromium',
    args: ARGS,
  })

/** A profile of its own: no cookie, no storage of another. A page that logs an error fails its test. */
export async function profile(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    ...options,
  })
  context.setDefaultTimeout(10_000)
  if (!options.permissions) await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  return context
}

const views = [
  { name: 'light', theme: 'light', width: 1280, height: 800 },
  { name: 'dark', theme: 'dark', width: 1280, height: 800 },
  { name: 'phone', theme: 'light', width: 390, height: 844 },
] as const

/** Pictures of a page: light, dark, and as a phone shows it. */
export async function picture(page: Page, name: string) {
  await mkdir(PICTURES, { recursive: true })
  const size = page.viewportSize()
  for (const view of views) {
    await page.setViewportSize({ width: view.width, height: view.height })
    await page.emulateMedia({ colorScheme: view.theme, reducedMotion: 'reduce' })
    await settled(page)
    await page.screenshot({ path: `${PICTURES}${name}-${view.name}.png` })
  }
  await page.emulateMedia({ colorScheme: 'light' })
  if (size) await page.setViewportSize(size)
}

/** A colour that is on its way, or rows that are on theirs, make no picture of a page. */
export async function settled(page: Page) {
  await page.waitForLoadState('networkidle')
  await page.evaluate(async () => {
    await new Promise(requestAnimationFrame)
    await Promise.all(document.getAnimations().map(one => one.finished.catch(() => undefined)))
  })
}
