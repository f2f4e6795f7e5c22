import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { Api } from './support/api.ts'
import { launch, picture } from './support/browser.ts'
import { invited, OWNER, owner, type Seat } from './support/member.ts'
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

const LIST = '/api/v2/public/linked-account'
const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText())
const keyCard = (page: Page, environment: string) => page.getByTestId(`key-${environment}`)

/** What the copy control of an environment's key copies. */
async function copied(page: Page, name: string, prefix: string): Promise<string> {
  await page.getByRole('button', { name: `Copy ${name} key` }).click()
  if (name === 'Live') {
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Your password').fill(OWNER.password)
    await dialog.getByRole('button', { name: 'Reveal' }).click()
  }
  await page.getByText(`${name} key copied`).waitFor()
  const text = await clipboard(page)
  assert.ok(text.startsWith(prefix), `copied ${text.slice(0, 9)}`)
  return text
}

test('each environment has one key that can be copied and works for it', async () => {
  const { page } = seat
  await seat.open('/settings/credentials')
  for (const [name, prefix, wire] of [
    ['Test', 'trn_test_', 'test'],
    ['Live', 'trn_live_', 'production'],
  ] as const) {
    const api = Api.withKey(server.url, await copied(page, name, prefix))
    const made = await api.ok('POST', LIST, { linked_account_id: `by-${name}`, name })
    assert.equal(made.environment, wire)
  }
  await picture(page, 'credentials')
})

test('a wrong password shows its own message and no key', async () => {
  const { page } = seat
  await seat.open('/settings/credentials')
  await page.getByRole('button', { name: 'Copy Live key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Your password').fill('not my password')
  await dialog.getByRole('button', { name: 'Reveal' }).click()
  await dialog.getByRole('alert').waitFor()
  assert.equal(await dialog.getByLabel('Your password').inputValue(), 'not my password')
  assert.doesNotMatch(await keyCard(page, 'live').innerText(), /trn_live_[0-9A-Za-z]{20}/)
})

test('regenerating asks, names the environment, and is left alone by Cancel', async () => {
  const { page } = seat
  const key = await seat.key('test')
  await seat.open('/settings/credentials')
  await page.getByRole('button', { name: 'Regenerate Test key' }).click()
  const dialog = page.getByRole('dialog')
  assert.match(await dialog.innerText(), /Test/)
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  assert.equal((await Api.withKey(server.url, key).send('GET', LIST)).status, 200)
})

test('in Live it takes the typed word', async () => {
  const { page } = seat
  await seat.open('/settings/credentials')
  await page.getByRole('button', { name: 'Regenerate Live key' }).click()
  const act = page.getByRole('dialog').getByRole('button', { name: 'Regenerate Live key' })
  assert.equal(await act.isDisabled(), true)
  await page.getByRole('dialog').getByRole('textbox').fill('live')
  assert.equal(await act.isEnabled(), true)
})

test('the old key ends at once, the new one works at once, Live is not disturbed, customers stay connected', async () => {
  const { page } = seat
  const old = Api.withKey(server.url, await seat.key('test'))
  const live = Api.withKey(server.url, await seat.key('live'))
  await old.ok('PUT', LIST, { linked_account_id: 'stays', name: 'Stays' })
  const minted = await old.ok('POST', '/api/v2/public/session-token', {
    linked_account_id: 'stays',
  })
  for (let round = 0; round < 3; round++) {
    const before = await seat.key('test')
    await seat.open('/settings/credentials')
    await page.getByRole('button', { name: 'Regenerate Test key' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Regenerate Test key' }).click()
    const key = await page.getByTestId('new-key').innerText()
    assert.match(key, /^trn_test_/)
    assert.equal((await Api.withKey(server.url, before).send('GET', LIST)).status, 401)
    assert.equal((await Api.withKey(server.url, key).send('GET', LIST)).status, 200)
    assert.equal((await live.send('GET', LIST)).status, 200)
  }
  const customer = Api.withToken(server.url, minted.token)
  assert.equal(
    (await customer.send('GET', '/api/v2/public/session/active-linked-account')).status,
    200,
  )
})

test('with a grace both keys work, and the old one shows its last use', async () => {
  const { page } = seat
  const old = Api.withKey(server.url, await seat.key('test'))
  await old.ok('GET', LIST)
  await seat.open('/settings/credentials')
  await page.getByRole('button', { name: 'Regenerate Test key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('After 1 hour').click()
  await dialog.getByRole('button', { name: 'Regenerate Test key' }).click()
  await page.getByTestId('new-key').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
  assert.equal((await old.send('GET', LIST)).status, 200)
  await keyCard(page, 'test').getByText(LIST).first().waitFor()
  await picture(page, 'credentials-grace')
})

test('a rotation is in the audit, with who, when, where from and which environment', async () => {
  const { page } = seat
  await seat.ok('POST', `/console/api/${seat.appId}/test/api-key/rotate`, {})
  await seat.open('/audit')
  const row = page.getByRole('button').filter({ hasText: 'API Key Regenerated' }).first()
  await row.waitFor()
  assert.match(await row.innerText(), new RegExp(OWNER.name))
  await row.click()
  const drawer = page.getByRole('dialog')
  await drawer.waitFor()
  const text = await drawer.innerText()
  for (const part of ['API Key Regenerated', OWNER.name, '127.0.0.1', 'Test'])
    assert.match(text, new RegExp(part))
  await picture(page, 'audit')
})

test('an External member sees no key and may not rotate one', async () => {
  const external = await invited(browser, seat, 'external')
  await external.open('/settings/credentials')
  await external.page.getByText('Your role does not see API keys.').waitFor()
  assert.doesNotMatch(await external.page.innerText('main'), /trn_(test|live)_/)
  assert.equal(
    await external.page.getByRole('button', { name: /Regenerate|Reveal|Copy Test/ }).count(),
    0,
  )
  const refused = await external.send(
    'POST',
    `/console/api/${external.appId}/test/api-key/rotate`,
    {},
  )
  assert.equal(refused.status, 403)
  await picture(external.page, 'credentials-external')
  await external.context.close()
})

test("the LLM form's label follows the provider, and a stored key is never shown again", async () => {
  const { page } = seat
  await seat.open('/settings/credentials')
  await page.getByLabel('Provider').selectOption('openrouter')
  await page.getByLabel('OpenRouter API key').waitFor()
  await page.getByLabel('Provider').selectOption('openai')
  await page.getByLabel('OpenAI API key').fill('sk-canary-1234567890')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('button', { name: 'Remove' }).waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Remove' }).waitFor()
  assert.doesNotMatch(await page.content(), /sk-canary/)
  assert.doesNotMatch(
    JSON.stringify(await seat.ok('GET', '/console/api/llm-provider')),
    /sk-canary/,
  )
})
