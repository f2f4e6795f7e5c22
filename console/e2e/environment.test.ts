import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launch } from './support/browser.ts'
import { owner, type Seat } from './support/member.ts'
import { Server } from './support/server.ts'
import { Sink } from './support/sink.ts'

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

const ACCOUNTS = '/api/v2/public/linked-account'

test('every page of the navigation says which environment it is in', async () => {
  const { page } = seat
  for (const [environment, name] of [
    ['test', 'Test'],
    ['live', 'Live'],
  ] as const) {
    await seat.open('/', environment)
    const navigation = page.getByRole('navigation', { name: 'Pages' })
    await navigation.getByRole('link').first().waitFor()
    const places = await navigation
      .getByRole('link')
      .evaluateAll(links => links.map(link => link.getAttribute('href')))
    assert.ok(places.length > 12, String(places.length))
    for (const place of places) {
      await page.goto(server.url + place)
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      assert.equal(await page.getByTestId('environment-badge').innerText(), name, String(place))
    }
  }
})

test('a member in Test sees the rows of Test only, and those of Live after switching', async () => {
  const { page } = seat
  await (await seat.api('test')).ok('POST', ACCOUNTS, {
    linked_account_id: 'only-test',
    name: 'Test row',
  })
  await (await seat.api('live')).ok('POST', ACCOUNTS, {
    linked_account_id: 'only-live',
    name: 'Live row',
  })
  await seat.open('/accounts')
  await page.getByText('Test row').waitFor()
  assert.equal(await page.getByText('Live row').count(), 0)
  await page
    .getByRole('navigation', { name: 'Environment' })
    .getByRole('link', { name: 'Live' })
    .click()
  await page.getByText('Live row').waitFor()
  assert.equal(await page.getByText('Test row').count(), 0)
  assert.match(page.url(), /\/live\/accounts/)
})

test('a webhook of Test hears nothing of what is connected in Live', async () => {
  const sink = await Sink.start()
  const test = await seat.api('test')
  const live = await seat.api('live')
  await test.ok('POST', '/api/v2/public/webhook', {
    webhook_url: sink.url,
    webhook_events: ['Connection Created'],
  })
  const client = { enabled: true, credential_source: 'shared' }
  const refused = await live.send('PUT', '/api/v2/public/connector/playground_app', client)
  // The shared client is Test's: a customer in Live connects with a key.
  assert.ok([200, 400].includes(refused.status))
  await live.ok('PUT', '/api/v2/public/connector/playground_app', { enabled: true })
  await live.ok('POST', ACCOUNTS, { linked_account_id: 'quiet', name: 'Quiet' })
  const form = new URLSearchParams({ email: 'quiet@example.com', password: 'playground' })
  const key = await (
    await fetch(`${server.url}/playground/api-keys`, { method: 'POST', body: form })
  ).json()
  const path = '/api/v2/public/linked-account/integration/save-key-credentials/playground_app'
  await live.on('quiet').ok('PUT', path, { api_key: key.api_key })
  // The same in Test is heard, so a message of Live would have come before it.
  await test.ok('POST', ACCOUNTS, { linked_account_id: 'loud', name: 'Loud' })
  const again = await (
    await fetch(`${server.url}/playground/api-keys`, { method: 'POST', body: form })
  ).json()
  await test.on('loud').ok('PUT', path, { api_key: again.api_key })
  const began = Date.now()
  while (sink.received.length === 0 && Date.now() - began < 10_000)
    await seat.page.waitForTimeout(50)
  assert.deepEqual(
    sink.received.map(one => JSON.parse(one.body).linked_account_id),
    ['loud'],
  )
  await sink.stop()
})
