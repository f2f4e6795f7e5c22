import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { launch, profile } from './support/browser.ts'
import { owner } from './support/member.ts'
import { Server } from './support/server.ts'

const PROVIDER = fileURLToPath(new URL('../../tests/oidc', import.meta.url))

let provider: ChildProcess
let issuer: string
let connectors: string
let server: Server
let browser: Browser

before(async () => {
  if (!existsSync(join(PROVIDER, 'node_modules')))
    execFileSync('npm', ['ci', '--silent'], { cwd: PROVIDER })
  provider = spawn('node', ['server.mjs', '0', '60'], {
    cwd: PROVIDER,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  if (!provider.stdout) throw new Error('no standard output')
  for await (const line of createInterface({ input: provider.stdout })) {
    issuer = JSON.parse(line).issuer
    break
  }
  connectors = await mkdtemp(join(tmpdir(), 'trunnel-connectors-'))
  await cp(join(PROVIDER, 'connector'), connectors, { recursive: true })
  const file = join(connectors, 'oidc_provider', 'connector.yaml')
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll('ISSUER', issuer))
  server = await Server.start(['--connectors', connectors])
  browser = await launch()
})
after(async () => {
  await browser.close()
  await server.stop()
  provider.kill()
  await rm(connectors, { recursive: true, force: true })
})

test('a customer connects a certified OpenID Connect provider in the portal', async () => {
  const seat = await owner(browser, server)
  const api = await seat.api('test')
  const registered = await fetch(`${issuer}/reg`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      redirect_uris: [`${server.url}/api/v1/oidc_provider/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    }),
  })
  const { client_id, client_secret } = await registered.json()
  await api.ok('PUT', '/api/v2/public/connector/oidc_provider', {
    enabled: true,
    credential_source: 'own',
    client_id,
    client_secret,
  })
  await api.ok('POST', '/api/v2/public/linked-account', {
    linked_account_id: 'certified',
    name: 'Certified',
  })
  const path = `/console/api/${seat.appId}/test/account/certified/connect-link`
  const { hosted_url } = await seat.ok('POST', path, {})
  const page = await (await profile(browser)).newPage()
  await page.goto(hosted_url)
  await page.getByRole('button', { name: /OIDC Provider/ }).click()
  const opened = page.waitForEvent('popup')
  await page.getByRole('button', { name: /^Continue to/ }).click()
  const popup = await opened
  await popup.locator('input[name="login"]').fill('ada')
  await popup.locator('input[name="password"]').fill('anything')
  await popup.locator('button[type="submit"]').click()
  await popup.getByRole('button', { name: 'Continue' }).click()
  await page.getByText(/is connected\./).waitFor()
  const app = await api.on('certified').ok('GET', '/api/v2/public/application/oidc_provider')
  assert.equal(app.connected_accounts[0].identifier, 'ada')
})
