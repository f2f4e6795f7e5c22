import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { Api } from './support/api.ts'
import { launch, picture } from './support/browser.ts'
import { owner, type Seat } from './support/member.ts'
import { listing } from './support/playground.ts'
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

const ACCOUNTS = '/api/v2/public/linked-account'

test('a CSV of a hundred rows with two bad ones makes 98 accounts and names the two', async () => {
  const { page } = seat
  const rows = Array.from({ length: 100 }, (_, at) => {
    if (at === 10) return ',No id'
    if (at === 55) return `${'x'.repeat(300)},Too long`
    return `import-${at},"Customer ${at}"`
  })
  await seat.open('/accounts')
  await page
    .getByRole('button', { name: /Import/ })
    .first()
    .click()
  await page.getByLabel('CSV file').setInputFiles({
    name: 'accounts.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`linked_account_id,name\n${rows.join('\n')}\n`),
  })
  const dialog = page.getByRole('dialog')
  await dialog
    .getByRole('button', { name: /^Import/ })
    .last()
    .click()
  await dialog.getByRole('button', { name: 'Import another' }).waitFor()
  const said = await dialog.innerText()
  assert.match(said, /98/)
  // The line in the file, whose first is the heading.
  assert.match(said, /12/)
  assert.match(said, /57/)
  await picture(page, 'account-import')
  const page1 = await (await seat.api('test')).ok('GET', `${ACCOUNTS}?search=customer&limit=1`)
  assert.equal(page1.totalDocs, 98)
})

test('an access token is shown once, lasts, and ends when it is revoked', async () => {
  const { page } = seat
  const api = await seat.api('test')
  await api.ok('POST', ACCOUNTS, { linked_account_id: 'with-token', name: 'With token' })
  await seat.open('/accounts/with-token?tab=access')
  await page.getByRole('button', { name: 'Create token' }).first().click()
  await page.getByRole('dialog').getByLabel('Name').fill('nightly script')
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Create/ })
    .click()
  const token = await page
    .getByRole('dialog')
    .getByText(/^trn_pat_/)
    .innerText()
  await picture(page, 'access-token')
  const bearer = Api.withToken(server.url, token)
  await bearer.ok('GET', '/api/v2/public/session/active-linked-account')
  await page.reload()
  await page.getByText('nightly script').waitFor()
  assert.ok(!(await page.content()).includes(token))
  await page.getByRole('button', { name: 'Revoke nightly script' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke token' }).click()
  await page.getByText('No tokens').waitFor()
  assert.equal(
    (await bearer.send('GET', '/api/v2/public/session/active-linked-account')).status,
    401,
  )
})

test('the timeline tells of connecting, expiring, reconnecting and deleting, newest first, with the provider’s error', async () => {
  const { page } = seat
  const api = await seat.api('test')
  await api.ok('POST', ACCOUNTS, { linked_account_id: 'story', name: 'Story' })
  const customer = api.on('story')
  const key = async () => {
    const form = new URLSearchParams({ email: 'story@example.com', password: 'playground' })
    return (
      await (
        await fetch(`${server.url}/playground/api-keys`, { method: 'POST', body: form })
      ).json()
    ).api_key
  }
  const saving = '/api/v2/public/linked-account/integration/save-key-credentials/playground_app'
  const first = await key()
  await customer.ok('PUT', saving, { api_key: first })
  await fetch(`${server.url}/playground/api-keys`, {
    method: 'DELETE',
    headers: { 'x-playground-key': first },
  })
  const actions = await customer.ok('GET', '/api/v2/integration-schema/playground_app/actions')
  await customer.send(
    'POST',
    `/api/v2/integration-schema/playground_app/actions/${listing(actions)}/execute`,
    {},
  )
  await customer.ok('PUT', saving, { api_key: await key() })
  await customer.ok('DELETE', `${ACCOUNTS}/integration/playground_app`)
  await seat.open('/accounts/story')
  await page
    .getByRole('button', { name: /History/ })
    .first()
    .click()
  await page.getByRole('dialog').waitFor()
  await page.getByLabel('Connector', { exact: true }).selectOption('playground_app')
  await page.getByRole('button', { name: 'Show history' }).click()
  const names = [
    'Integration Deleted',
    'Reauthenticated',
    'Integration Expired',
    'Integration Created',
  ]
  await page
    .getByText(names[3] ?? '')
    .first()
    .waitFor()
  const text = await page.getByRole('dialog').innerText()
  const places = names.map(name => text.indexOf(name))
  assert.ok(
    places.every(place => place >= 0),
    text,
  )
  assert.deepEqual(
    [...places].sort((a, b) => a - b),
    places,
    'newest first',
  )
  await picture(page, 'timeline')
})

test('the list is searched, its state is in the address, and an account is found by the palette', async () => {
  const { page } = seat
  await seat.open('/accounts')
  await page.getByLabel('Search accounts').fill('import-42')
  await page.getByText('Customer 42').waitFor()
  await page.waitForURL(/search=import-42/)
  await page.reload()
  await page.getByText('Customer 42').waitFor()
  await picture(page, 'accounts')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('import-77')
  await page.getByRole('option', { name: /Customer 77/ }).waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL(/accounts\/import-77/)
})
