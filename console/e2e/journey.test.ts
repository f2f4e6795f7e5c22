import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { Api } from './support/api.ts'
import { launch, picture, profile } from './support/browser.ts'
import { OWNER } from './support/member.ts'
import { consent } from './support/playground.ts'
import { Server } from './support/server.ts'
import { Sink } from './support/sink.ts'

let server: Server
let browser: Browser
let sink: Sink

before(async () => {
  server = await Server.start()
  browser = await launch()
  sink = await Sink.start()
})
after(async () => {
  await browser.close()
  await sink.stop()
  await server.stop()
})

const go = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click()

test('a new user comes from the set-up link to a delivery and a rotated key with a browser only', async () => {
  const context = await profile(browser)
  const page = await context.newPage()

  await page.goto(server.setupUrl)
  await picture(page, '01-set-up')
  await page.getByLabel('Your name').fill(OWNER.name)
  await page.getByLabel('E-mail').fill(OWNER.email)
  await page.getByLabel('Password', { exact: true }).fill(OWNER.password)
  await page.getByRole('button', { name: 'Become the owner' }).click()
  await page.getByRole('heading', { name: /in Test$/ }).waitFor()
  await picture(page, '02-home')

  await go(page, 'Credentials')
  await page.getByRole('button', { name: 'Copy Test key' }).click()
  await page.getByText('Test key copied').waitFor()
  const key = await page.evaluate(() => navigator.clipboard.readText())
  const api = Api.withKey(server.url, key)
  await api.ok('GET', '/api/v2/public/linked-account')
  await picture(page, '03-credentials')

  await go(page, 'Webhooks')
  await page.getByRole('button', { name: 'Create webhook' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('URL').fill(sink.url)
  await dialog.getByRole('checkbox', { name: 'Connection Created' }).click()
  await dialog.getByRole('button', { name: 'Create webhook' }).click()
  await page.getByText('whsec_').first().waitFor()
  await picture(page, '04-webhook-secret')
  await page.getByRole('dialog').getByRole('button', { name: 'I have stored it' }).click()
  await picture(page, '05-webhooks')

  await go(page, 'Connectors')
  await page.getByLabel('Search connectors').fill('playground')
  await picture(page, '06-connectors')
  await page
    .getByRole('link', { name: /Playground/ })
    .first()
    .click()
  const enabled = page.getByRole('switch', { name: 'Enabled in Test' })
  await enabled.waitFor()
  if ((await enabled.getAttribute('aria-checked')) !== 'true') await enabled.click()
  await page.locator('[role="switch"][aria-checked="true"]').first().waitFor()
  await picture(page, '07-connector')

  await go(page, 'Linked accounts')
  await page.getByRole('button', { name: 'Create account' }).first().click()
  await page.getByLabel('Linked account id').fill('acme')
  await page.getByRole('dialog').getByLabel('Name', { exact: false }).first().fill('Acme Inc')
  await picture(page, '08-create-account')
  await page.getByRole('dialog').getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('heading', { name: 'Acme Inc' }).waitFor()
  await page
    .getByRole('link', { name: 'Access' })
    .or(page.getByRole('tab', { name: 'Access' }))
    .click()
  await page.getByRole('button', { name: 'Create link' }).click()
  const link = await page
    .getByText(/\/connect\/lnk_/)
    .first()
    .innerText()
  await picture(page, '09-connect-link')

  const customer = await (await profile(browser)).newPage()
  await customer.goto(link)
  await customer.getByRole('heading', { level: 1 }).waitFor()
  assert.doesNotMatch(customer.url(), /lnk_/)
  await picture(customer, '10-portal')
  await customer.getByRole('button', { name: /Playground/ }).click()
  const popup = customer.waitForEvent('popup')
  await customer.getByRole('radio').first().click()
  await picture(customer, '11-portal-app')
  await customer.getByRole('button', { name: /^Continue to/ }).click()
  await consent(await popup, 'customer@example.com')
  await customer.getByText(/is connected\./).waitFor()
  await picture(customer, '12-portal-connected')

  await go(page, 'Try API')
  await page.getByLabel('Linked account').click()
  await page.getByRole('option', { name: /Acme Inc/ }).click()
  await page.getByLabel('Connector').selectOption('playground_app')
  await page.getByLabel('Action', { exact: true }).click()
  await page.getByRole('option', { name: /List contacts/i }).click()
  await page.getByRole('button', { name: 'Run action' }).click()
  await page
    .getByRole('region', { name: 'Answer' })
    .getByText(/Success/)
    .first()
    .waitFor()
  await picture(page, '13-try-api')

  await go(page, 'Deliveries')
  const delivery = page.getByRole('row').filter({ hasText: 'Connection Created' })
  await delivery.first().waitFor()
  await delivery.filter({ hasText: 'Delivered' }).first().waitFor()
  assert.ok(sink.received.length >= 1)
  await picture(page, '14-deliveries')

  await go(page, 'Credentials')
  await page.getByRole('button', { name: 'Regenerate Test key' }).click()
  await picture(page, '15-regenerate')
  await page.getByRole('dialog').getByRole('button', { name: 'Regenerate Test key' }).click()
  await page
    .getByRole('dialog')
    .getByText(/^trn_test_/)
    .waitFor()
  const after = await api.send('GET', '/api/v2/public/linked-account')
  assert.equal(after.status, 401)
  await picture(page, '16-new-key')
})
