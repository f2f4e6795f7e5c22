// How fast the pages are, from Chromium's own tracing: first contentful paint of cold loads, and the
// time from a key or a turn of the wheel to the next frame, with 100,000 accounts.
//
//   npm run speed        against ../target/release/trunnel, or what E2E_PROGRAM names
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { launch, profile } from '../e2e/support/browser.ts'
import { owner, type Seat } from '../e2e/support/member.ts'
import { Server } from '../e2e/support/server.ts'

const ACCOUNTS = 100_000
const LOADS = 7

type TraceEvent = {
  name: string
  ts: number
  dur?: number
  ph: string
  args?: { data?: { duration?: number }; frame?: string }
}

const median = (values: number[]) =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const say = (text: string) => process.stdout.write(`${text}\n`)

async function trace(
  browser: Browser,
  page: Page,
  act: () => Promise<unknown>,
): Promise<TraceEvent[]> {
  const path = `/tmp/trunnel-trace-${process.pid}.json`
  const categories = [
    'blink.user_timing',
    'loading',
    'devtools.timeline',
    'latencyInfo',
    'benchmark',
  ]
  await browser.startTracing(page, { path, categories })
  await act()
  await browser.stopTracing()
  return JSON.parse(await readFile(path, 'utf8')).traceEvents
}

/** From the start of the navigation to the first text or picture, in milliseconds. */
function firstPaint(events: TraceEvent[]): number {
  const paint = events.filter(event => event.name === 'firstContentfulPaint').at(-1)
  // Of the page itself: a trace has the browser's own pages, too.
  const ours = (event: TraceEvent) => event.args?.frame === paint?.args?.frame
  const starts = events.filter(
    event => event.name === 'navigationStart' && ours(event) && paint && event.ts <= paint.ts,
  )
  const start = starts.at(-1)
  if (!paint || !start) throw new Error('the trace has no first paint')
  return (paint.ts - start.ts) / 1000
}

/** The longest that an input waited for the frame that shows it, in milliseconds. */
function slowestInput(events: TraceEvent[]): number {
  const timings = events.filter(event => event.name === 'EventTiming' && event.ph === 'b')
  return Math.max(0, ...timings.map(event => event.args?.data?.duration ?? 0))
}

/** The longest piece of work that kept the page from drawing, in milliseconds. */
function longestTask(events: TraceEvent[]): number {
  const tasks = events.filter(event => event.name === 'RunTask' || event.name === 'FunctionCall')
  return Math.max(0, ...tasks.map(event => (event.dur ?? 0) / 1000))
}

async function load(browser: Browser, name: string, url: () => Promise<string>, state?: Seat) {
  const paints: number[] = []
  for (let at = 0; at < LOADS; at++) {
    const storageState = await state?.context.storageState()
    const context = await profile(browser, storageState ? { storageState } : {})
    const page = await context.newPage()
    const place = await url()
    const events = await trace(browser, page, async () => {
      await page.goto(place)
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      await page.waitForTimeout(300)
    })
    const told = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    )
    // The page tells of itself, too; the worse of the two counts.
    paints.push(Math.max(firstPaint(events), told))
    await context.close()
  }
  say(
    `${name}: first contentful paint, median of ${LOADS} cold loads: ${median(paints).toFixed(0)} ms`,
  )
}

async function fill(seat: Seat) {
  const rows = Array.from(
    { length: ACCOUNTS },
    (_, at) => `customer-${at},"Customer ${at} of the world",group-${at % 50}`,
  )
  const body = `linked_account_id,name,scope\n${rows.join('\n')}\n`
  await seat.send(
    'POST',
    `/console/api/${seat.appId}/test/account-import`,
    Buffer.from(body),
    'text/csv',
  )
}

async function list(browser: Browser, seat: Seat) {
  const { page } = seat
  await seat.open('/accounts')
  await page.getByText('Customer').first().waitFor()
  const scrolled = await trace(browser, page, async () => {
    await page.mouse.move(640, 500)
    for (let at = 0; at < 60; at++) {
      await page.mouse.wheel(0, 900)
      await page.waitForTimeout(30)
    }
  })
  say(`Linked accounts, scrolling: longest task ${longestTask(scrolled).toFixed(0)} ms`)
  const waits: number[] = []
  const typed = await trace(browser, page, async () => {
    for (const text of [
      'customer-99999',
      'customer-1',
      'world',
      'customer-50123',
      'nobody at all',
    ]) {
      await page.getByLabel('Search accounts').fill('')
      await page.waitForTimeout(400)
      const answered = page.waitForResponse(
        response => new URL(response.url()).searchParams.get('search') === text,
      )
      await page.getByLabel('Search accounts').pressSequentially(text.slice(0, -1), { delay: 20 })
      await page.waitForTimeout(300)
      const began = performance.now()
      await page.keyboard.type(text.slice(-1))
      await (await answered).finished()
      waits.push(performance.now() - began)
      await page.waitForTimeout(200)
    }
  })
  say(
    `Linked accounts, search: slowest key to frame ${slowestInput(typed).toFixed(0)} ms; slowest from the last key to the server's whole answer ${Math.max(...waits).toFixed(0)} ms`,
  )
}

const server = await Server.start()
const browser = await launch()
try {
  const seat = await owner(browser, server)
  await fill(seat)
  const base = `${server.url}/console/${seat.appId}/test`
  const link = async () => {
    const path = `/console/api/${seat.appId}/test/account/customer-1/connect-link`
    return String((await seat.ok('POST', path, {})).hosted_url)
  }
  await load(browser, 'Credentials', async () => `${base}/settings/credentials`, seat)
  await load(
    browser,
    `Linked accounts (${ACCOUNTS.toLocaleString()})`,
    async () => `${base}/accounts`,
    seat,
  )
  await load(browser, 'Connect portal', link)
  await list(browser, seat)
} finally {
  await browser.close()
  await server.stop()
}
