import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launch, picture, settled } from './support/browser.ts'
import { OWNER, owner, type Seat } from './support/member.ts'
import { Server } from './support/server.ts'

let server: Server
let browser: Browser
let seat: Seat

before(async () => {
  server = await Server.start()
  browser = await launch()
  seat = await owner(browser, server)
})
after(async () => {
  await browser.close()
  await server.stop()
})

async function creating(id: string): Promise<Page> {
  await seat.open('/accounts')
  await seat.page.getByRole('button', { name: 'Create account' }).first().click()
  await seat.page.getByLabel('Linked account id').fill(id)
  return seat.page
}

const create = (page: Page) =>
  page.getByRole('dialog').getByRole('button', { name: 'Create account' })

test("the server's message stands at its field, and what was typed stays", async () => {
  const page = await creating('taken')
  await create(page).click()
  await page.waitForURL(/accounts\/taken/)
  await creating('taken')
  await create(page).click()
  await page.getByRole('dialog').getByRole('alert').first().waitFor()
  assert.match(await page.getByRole('dialog').innerText(), /already exists/)
  assert.equal(await page.getByLabel('Linked account id').inputValue(), 'taken')
  await picture(page, 'form-error')
})

test('a double click submits once', async () => {
  const page = await creating('twice')
  let calls = 0
  page.on('request', request => {
    if (request.method() === 'POST' && request.url().endsWith('/public/linked-account')) calls += 1
  })
  await create(page).dblclick()
  await page.waitForURL(/accounts\/twice/)
  assert.equal(calls, 1)
})

test('a failing server and a lost connection leave what was typed', async () => {
  const page = await creating('kept')
  const path = '**/api/v2/public/linked-account'
  const envelope = {
    status_code: 500,
    error_code: 'INTERNAL_SERVER_ERROR',
    message: 'Something went wrong.',
  }
  await page.route(path, route => route.fulfill({ status: 500, json: envelope }))
  await create(page).click()
  await page.getByText('Something went wrong.').waitFor()
  await page.unroute(path)
  await page.route(path, route => route.abort('connectionfailed'))
  await create(page).click()
  await page.getByText(/cannot be reached/).waitFor()
  assert.equal(await page.getByLabel('Linked account id').inputValue(), 'kept')
  await page.unroute(path)
  await create(page).click()
  await page.waitForURL(/accounts\/kept/)
})

test('a stale tab goes to the sign-in and comes back to its page', async () => {
  const { page } = seat
  await seat.open('/accounts?search=kept')
  await page.getByText('kept').first().waitFor()
  await seat.send('POST', '/console/api/sign-out')
  await page.getByLabel('Search accounts').fill('twice')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.getByLabel('E-mail').fill(OWNER.email)
  await page.getByLabel('Password', { exact: true }).fill(OWNER.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(/\/accounts/)
  await page.getByText('twice').first().waitFor()
})

test('the keyboard goes everywhere: shortcuts, their list, and the search', async () => {
  const { page } = seat
  await seat.open('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('g')
  await page.keyboard.press('a')
  await page.waitForURL(/\/accounts/)
  await page.getByLabel('Search accounts').waitFor()
  await page.keyboard.press('/')
  assert.equal(
    await page.getByLabel('Search accounts').evaluate(field => field === document.activeElement),
    true,
  )
})

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
type Violation = { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }

test('axe finds nothing serious on any page, in light and dark, and no page is wider than a phone', async () => {
  // Tests read the page's own script from a file; the pages' policy allows no other script.
  const context = await browser.newContext({
    bypassCSP: true,
    storageState: await seat.context.storageState(),
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  await page.goto(`${server.url}/console/${seat.appId}/test`)
  const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
  await links.first().waitFor()
  const places = await links.evaluateAll(all => all.map(link => link.getAttribute('href') ?? ''))
  places.push(
    `/console/${seat.appId}/test/profile`,
    `/console/${seat.appId}/test/accounts/kept`,
    `/console/${seat.appId}/test/connectors/hubspot`,
  )
  const found: string[] = []
  for (const place of places) {
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.goto(server.url + place)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    await page.waitForLoadState('networkidle')
    await page.addScriptTag({ path: axe })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await settled(page)
      const violations: Violation[] = await page.evaluate(async () => {
        const run = (
          window as unknown as {
            axe: { run: (at: Document) => Promise<{ violations: Violation[] }> }
          }
        ).axe
        return (await run.run(document)).violations
      })
      const bad = violations.filter(one => one.impact === 'serious' || one.impact === 'critical')
      for (const one of bad)
        found.push(
          `${place} ${colorScheme}: ${one.id}: ${one.nodes[0]?.failureSummary.slice(0, 200)} ${one.nodes[0]?.html.slice(0, 140)}`,
        )
    }
    await page.setViewportSize({ width: 360, height: 780 })
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (wide > 0) found.push(`${place}: ${wide}px wider than a phone`)
    await picture(page, `page${place.split('/test').at(-1)?.replaceAll('/', '-') || '-home'}`)
  }
  await context.close()
  assert.deepEqual(found, [])
})
