import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launch, picture } from './support/browser.ts'
import { owner, type Seat } from './support/member.ts'
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

const save = async () => {
  await seat.page.getByRole('button', { name: 'Save', exact: true }).click()
  await seat.page.getByText(/saved in Test/).waitFor()
}

test('a client secret is written once and never shown, and stays when it is not touched', async () => {
  const { page } = seat
  await seat.open('/connectors/hubspot')
  await page.getByText('Use your own credentials').click()
  await page.getByLabel('Client id').fill('client-of-test')
  await page.getByLabel('Client secret').fill('canary-client-secret')
  await save()
  await page.reload()
  await page.getByLabel('Client id').waitFor()
  assert.doesNotMatch(await page.content(), /canary-client-secret/)
  await picture(page, 'connector-hubspot')
  await page.getByLabel('Client id').fill('client-of-test-2')
  await save()
  const setting = await (await seat.api('test')).ok('GET', '/api/v2/public/connector/hubspot')
  assert.equal(setting.client_id, 'client-of-test-2')
  assert.match(setting.client_secret, /^\*+$/)
  assert.doesNotMatch(JSON.stringify(setting), /canary/)
})

test("the callback URL that is shown is the provider's redirect_uri byte for byte, with mandatory, chosen and typed scopes", async () => {
  const { page } = seat
  await seat.open('/connectors/hubspot')
  const shown = await page
    .getByText(/\/api\/v1\/hubspot\/callback$/)
    .first()
    .innerText()
  assert.equal(
    await page.getByRole('button', { name: /Remove oauth$/ }).count(),
    0,
    'a mandatory scope is locked',
  )
  await page.getByRole('checkbox', { name: 'crm.objects.contacts.read' }).click()
  await page.getByLabel('Another scope').fill('typed.by.hand')
  await page.getByLabel('Another scope').press('Enter')
  await page.getByRole('switch', { name: 'Enabled in Test' }).click()
  await page.locator('[role="switch"][aria-checked="true"]').waitFor()
  await save()
  const api = await seat.api('test')
  await api.ok('POST', '/api/v2/public/linked-account', {
    linked_account_id: 'scopes',
    name: 'Scopes',
  })
  const path = '/api/v2/public/linked-account/integration/oauth-url/hubspot?auth_type=oauth2'
  const { auth_url } = await api.on('scopes').ok('GET', path)
  const query = new URL(auth_url).searchParams
  assert.equal(query.get('redirect_uri'), shown)
  assert.equal(query.get('client_id'), 'client-of-test-2')
  assert.deepEqual(query.get('scope')?.split(' ').sort(), [
    'crm.objects.contacts.read',
    'oauth',
    'typed.by.hand',
  ])
})

test('a connector is invisible to customers until it is enabled', async () => {
  const { page } = seat
  const api = await seat.api('test')
  await api.ok('POST', '/api/v2/public/linked-account', { linked_account_id: 'sees', name: 'Sees' })
  const slugs = async () => {
    const apps: { slug: string }[] = await api.on('sees').ok('GET', '/api/v2/public/application')
    return apps.map(app => app.slug)
  }
  assert.ok(!(await slugs()).includes('slack'))
  await seat.open('/connectors/slack')
  await page.getByRole('switch', { name: 'Enabled in Test' }).click()
  await page.locator('[role="switch"][aria-checked="true"]').waitFor()
  assert.ok((await slugs()).includes('slack'))
})

test("Test's own client is not in Live, and Live says what is missing", async () => {
  const { page } = seat
  await seat.open('/connectors/hubspot', 'live')
  await page.getByRole('heading', { name: 'HubSpot' }).waitFor()
  assert.doesNotMatch(await page.content(), /client-of-test/)
  await seat.open('/go-live')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await picture(page, 'go-live')
})

test('unsaved changes ask before the page is left, and Stay keeps them', async () => {
  const { page } = seat
  await seat.open('/connectors/hubspot')
  await page.getByLabel('Client id').fill('not saved')
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Audit' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Stay' }).click()
  assert.equal(await page.getByLabel('Client id').inputValue(), 'not saved')
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Audit' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
  await page.waitForURL(/\/audit/)
})

test('the catalogue is found by name, category and state', async () => {
  const { page } = seat
  await seat.open('/connectors')
  await page.getByLabel('Search connectors').fill('netsuite')
  await page
    .getByRole('link', { name: /NetSuite/ })
    .first()
    .waitFor()
  await page.getByLabel('Search connectors').fill('')
  await picture(page, 'connectors')
})
