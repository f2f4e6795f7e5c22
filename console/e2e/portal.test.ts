import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { Api } from './support/api.ts'
import { launch, picture, profile } from './support/browser.ts'
import { owner, type Seat } from './support/member.ts'
import { consent, listing } from './support/playground.ts'
import { Server } from './support/server.ts'

let server: Server
let browser: Browser
let seat: Seat
let api: Api

before(async () => {
  server = await Server.start()
  browser = await launch()
  seat = await owner(browser, server)
  api = await seat.api('test')
})
after(async () => {
  await browser.close()
  await server.stop()
})

const CONNECT_URL = '/api/v2/public/connect-url'

/** A link to an account's portal, made as a product's backend makes it. */
async function link(account: string, properties: unknown = {}) {
  await api.ok('PUT', '/api/v2/public/linked-account', {
    linked_account_id: account,
    name: `${account} Inc`,
  })
  const minted = await api.ok('POST', '/api/v2/public/session-token', {
    linked_account_id: account,
  })
  const customer = Api.withToken(server.url, minted.token)
  const { hosted_url } = await customer.ok('POST', CONNECT_URL, properties)
  return { url: String(hosted_url), customer }
}

async function opened(account: string, properties: unknown = {}): Promise<Page> {
  const { url } = await link(account, properties)
  const page = await (await profile(browser)).newPage()
  await page.goto(url)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return page
}

const app = (page: Page) => page.getByRole('button', { name: /Playground/ })

async function key(email: string): Promise<string> {
  const body = new URLSearchParams({ email, password: 'playground' })
  const made = await fetch(`${server.url}/playground/api-keys`, { method: 'POST', body })
  return (await made.json()).api_key
}

test('the link opens without a login, lists enabled apps only, and leaves the address and every Referer', async () => {
  const { url } = await link('opens')
  assert.match(url, /\/connect\/lnk_/)
  const token = url.split('/').at(-1) ?? ''
  const page = await (await profile(browser)).newPage()
  const leaked: string[] = []
  page.on('request', request => {
    const referer = request.headers().referer ?? ''
    if (referer.includes(token) || (request.url().includes(token) && request.url() !== url))
      leaked.push(request.url())
  })
  await page.goto(url)
  await app(page).waitFor()
  assert.ok(!page.url().includes(token))
  assert.deepEqual(leaked, [])
  const shown = await page.getByRole('listitem').count()
  const apps = await api.on('opens').ok('GET', '/api/v2/public/application')
  assert.equal(shown, apps.length)
  await page.reload()
  await app(page).waitFor()
})

test('what the link was given comes back unchanged, and its name and colours are seen', async () => {
  const properties = {
    name: 'Connect your Acme',
    color: '#b3261e',
    bgColor: '#101820',
    deep: [{ a: null }, 1.5, 'ü'],
  }
  const { url, customer } = await link('coloured', properties)
  assert.deepEqual(await customer.ok('GET', '/api/v2/public/hosted-properties'), properties)
  const byLink = Api.withToken(server.url, url.split('/').at(-1) ?? '')
  assert.deepEqual(await byLink.ok('GET', '/api/v2/public/hosted-properties'), properties)
  const page = await (await profile(browser)).newPage()
  await page.goto(url)
  await page.getByRole('heading', { name: 'Connect your Acme' }).waitFor()
  const mark = page.locator('header [aria-hidden="true"]').first()
  const accent = await mark.evaluate(element => getComputedStyle(element).backgroundColor)
  assert.equal(accent, 'rgb(179, 38, 30)')
  const frame = page.locator('[data-navigation]')
  assert.equal(
    await frame.evaluate(element => getComputedStyle(element).backgroundColor),
    'rgb(16, 24, 32)',
  )
  await picture(page, 'portal-coloured')
})

test('a key connects without a reload; a wrong one says why and keeps what was typed', async () => {
  const page = await opened('keys')
  await app(page).click()
  await page.getByText(/key/i).locator('xpath=ancestor-or-self::label').first().click()
  const field = page.locator('form input').first()
  await field.fill('pk_wrong')
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  await page.getByRole('alert').first().waitFor()
  assert.equal(await field.inputValue(), 'pk_wrong')
  await picture(page, 'portal-key-refused')
  await field.fill(await key('keys@example.com'))
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  await page.getByText(/is connected\./).waitFor()
  await picture(page, 'portal-connected')
})

/** Starts OAuth in the portal and gives its window. */
async function begun(page: Page): Promise<Page> {
  await app(page).click()
  await page.getByText(/OAuth/i).locator('xpath=ancestor-or-self::label').first().click()
  const popup = page.waitForEvent('popup')
  await page.getByRole('button', { name: /^Continue to/ }).click()
  return popup
}

test('OAuth completes in a window that closes itself', async () => {
  const page = await opened('oauth')
  const popup = await begun(page)
  const closed = popup.waitForEvent('close')
  await consent(popup, 'oauth@example.com')
  await page.getByText(/is connected\./).waitFor()
  await closed
})

test('a denied consent and a closed window leave a way to try again', async () => {
  const page = await opened('denies')
  const popup = await begun(page)
  await consent(popup, 'denies@example.com', 'deny')
  await page.getByText(/was not connected/).waitFor()
  // The same window is used again.
  await page.getByRole('button', { name: /^Continue to/ }).click()
  await popup.waitForURL(/\/playground\/oauth\/authorize/)
  await popup.close()
  await page.getByText(/was closed before/).waitFor({ timeout: 15_000 })
  await picture(page, 'portal-closed-window')
  await page.getByRole('button', { name: /^Continue to/ }).waitFor()
})

test('typed but not saved: going back asks', async () => {
  const page = await opened('types')
  await app(page).click()
  await page.getByText(/key/i).locator('xpath=ancestor-or-self::label').first().click()
  await page.locator('form input').first().fill('half a key')
  await page.goBack()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await dialog.getByRole('button', { name: 'Stay' }).click()
  assert.equal(await page.locator('form input').first().inputValue(), 'half a key')
  await page.goBack()
  await dialog.getByRole('button', { name: 'Leave' }).click()
  await page.getByRole('heading', { level: 1, name: 'Connect your apps' }).waitFor()
})

test('an expired connection says Reconnect, and the language can be chosen', async () => {
  const page = await opened('expires')
  const first = await key('expires@example.com')
  const path = '/api/v2/public/linked-account/integration/save-key-credentials/playground_app'
  await api.on('expires').ok('PUT', path, { api_key: first })
  await fetch(`${server.url}/playground/api-keys`, {
    method: 'DELETE',
    headers: { 'x-playground-key': first },
  })
  const actions = await api
    .on('expires')
    .ok('GET', '/api/v2/integration-schema/playground_app/actions')
  await api
    .on('expires')
    .send(
      'POST',
      `/api/v2/integration-schema/playground_app/actions/${listing(actions)}/execute`,
      {},
    )
  await page.reload()
  await page.getByText('Reconnect', { exact: true }).first().waitFor()
  for (const [language, word] of [
    ['de', 'Neu verbinden'],
    ['es', 'Volver a conectar'],
    ['pt', 'Reconectar'],
    ['ja', '再接続'],
  ] as const) {
    await page.getByRole('combobox').last().selectOption(language)
    await page.getByText(word, { exact: true }).first().waitFor()
    assert.equal(await page.locator('html').getAttribute('lang'), language)
  }
})

test('every setting of the portal changes what is drawn', async () => {
  const settings = (change: unknown) => seat.ok('PUT', '/console/api/portal-settings', change)
  const drawn = async () => {
    const page = await opened('drawn')
    const look = await page.evaluate(() => {
      const frame = document.querySelector('[data-navigation]')
      return {
        html: document.body.innerHTML,
        theme: document.documentElement.dataset.theme ?? 'auto',
        accent: document.documentElement.style.getPropertyValue('--accent'),
        navigation: frame?.getAttribute('data-navigation'),
        collection: document.querySelector('[data-collection]')?.getAttribute('data-collection'),
      }
    })
    return { page, look }
  }
  await settings({ palette: 'teal' })
  const plain = (await drawn()).look
  for (const palette of [
    'gray',
    'red',
    'pink',
    'purple',
    'cyan',
    'blue',
    'green',
    'yellow',
    'orange',
  ]) {
    await settings({ palette })
    assert.notEqual((await drawn()).look.accent, plain.accent, palette)
  }
  for (const theme of ['light', 'dark']) {
    await settings({ theme })
    assert.equal((await drawn()).look.theme, theme)
  }
  for (const navigation of ['left', 'right', 'top']) {
    await settings({ navigation })
    assert.equal((await drawn()).look.navigation, navigation)
  }
  await settings({ collection: 'card' })
  assert.equal((await drawn()).look.collection, 'card')
  await settings({ show_organization: false, show_linked_account: false, remove_branding: true })
  const { page, look } = await drawn()
  assert.doesNotMatch(look.html, /Powered by Trunnel/)
  assert.doesNotMatch(
    await page
      .getByRole('banner')
      .innerText()
      .catch(() => ''),
    /drawn Inc/,
  )
  await settings({
    redirect_url: 'https://app.example.com/done',
    terms_url: 'https://app.example.com/terms',
    privacy_url: 'https://app.example.com/privacy',
  })
  const linked = (await drawn()).page
  for (const [name, href] of [
    ['Finish', 'https://app.example.com/done'],
    ['Terms of service', 'https://app.example.com/terms'],
    ['Privacy policy', 'https://app.example.com/privacy'],
  ] as const) {
    assert.equal(await linked.getByRole('link', { name }).getAttribute('href'), href)
  }
  await picture(linked, 'portal-cards')
  await app(linked).click()
  await linked.getByText('History').waitFor()
  await settings({ connection_log: false })
  const quiet = (await drawn()).page
  await app(quiet).click()
  await quiet.getByRole('button', { name: /^Continue to/ }).waitFor()
  assert.equal(await quiet.getByText('History').count(), 0)
  await settings({ theme: 'auto', palette: 'teal', collection: 'list', redirect_url: null })
})

/** A page of another origin with the portal in a frame. */
async function embedding(url: string): Promise<{ origin: string; http: HttpServer }> {
  const http = createServer((_, response) => {
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<iframe src="${url}" width="700" height="700"></iframe>`)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return { origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, http }
}

test('it may be framed by an allowed origin and by no other', async () => {
  const { url } = await link('framed')
  const { origin, http } = await embedding(url)
  const page = await (await profile(browser)).newPage()
  await seat.ok('PUT', '/console/api/portal-settings', {
    allowed_origins: ['https://other.example.com'],
  })
  const refused = page.waitForEvent('console', message =>
    /frame-ancestors|frame/i.test(message.text()),
  )
  await page.goto(origin)
  await refused
  assert.equal(await page.frameLocator('iframe').getByRole('heading', { level: 1 }).count(), 0)
  await seat.ok('PUT', '/console/api/portal-settings', { allowed_origins: [origin] })
  await page.goto(origin)
  await page
    .frameLocator('iframe')
    .getByRole('button', { name: /Playground/ })
    .waitFor()
  http.closeAllConnections()
  http.close()
})

test('an ended link explains itself', async () => {
  const page = await (await profile(browser)).newPage()
  await page.goto(`${server.url}/connect/lnk_${'0'.repeat(40)}`)
  await page.getByRole('heading', { name: 'This link no longer works' }).waitFor()
  await picture(page, 'portal-ended')
})
