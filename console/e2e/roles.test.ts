import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launch, picture, profile } from './support/browser.ts'
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

type Role = { role: string; permissions: string[] }

/** A page, the permission that offers it, and a call that only a permission allows. */
const PAGES: [string, string][] = [
  ['Linked accounts', 'accounts.read'],
  ['Connectors', 'apps.read'],
  ['Webhooks', 'webhooks.read'],
  ['Deliveries', 'logs.read'],
  ['API proxies', 'api_proxies.read'],
  ['Try API', 'actions.run'],
  ['Audit', 'audit.read'],
  ['Usage', 'usage.read'],
  ['Connect portal', 'settings.read'],
  ['Members', 'members.read'],
  ['Policy', 'settings.read'],
]

/** Writes that change nothing even where they are allowed: what they name is not there. */
const writes = (app: string): [string, string, unknown, string][] => [
  ['POST', `/console/api/${app}/test/api-key/reveal`, {}, 'keys.reveal'],
  ['PUT', `/console/api/${app}/test/api/v2/public/connector/nothing`, {}, 'connectors.write'],
  [
    'DELETE',
    `/console/api/${app}/test/api/v2/public/linked-account/nothing`,
    undefined,
    'accounts.write',
  ],
  ['DELETE', `/console/api/${app}/test/api/v2/public/webhook/nothing`, undefined, 'webhooks.write'],
  [
    'DELETE',
    `/console/api/${app}/test/api/v2/public/api-proxy/nothing`,
    undefined,
    'api_proxies.write',
  ],
  ['POST', `/console/api/${app}/test/delivery/nothing/replay`, {}, 'deliveries.replay'],
  ['DELETE', '/console/api/member/nothing', undefined, 'members.write'],
  ['PUT', '/console/api/portal-settings', {}, 'portal.write'],
  ['PUT', '/console/api/policy', {}, 'settings.write'],
]

test('each role sees the pages and makes the calls of the matrix, and no others', async () => {
  const { roles }: { roles: Role[] } = await seat.ok('GET', '/console/api/role')
  assert.deepEqual(
    roles.map(one => one.role),
    ['owner', 'admin', 'developer', 'solutions', 'external'],
  )
  await seat.open('/settings/roles')
  await seat.page.getByRole('table').first().waitFor()
  await picture(seat.page, 'roles')
  for (const { role, permissions } of roles) {
    const member = role === 'owner' ? seat : await invited(browser, seat, role)
    await member.open('/')
    const navigation = member.page.getByRole('navigation', { name: 'Pages' })
    await navigation.getByRole('link', { name: 'Home' }).waitFor()
    for (const [name, permission] of PAGES) {
      const offered = (await navigation.getByRole('link', { name, exact: true }).count()) === 1
      assert.equal(offered, permissions.includes(permission), `${role}: ${name}`)
    }
    for (const [method, path, body, permission] of writes(member.appId)) {
      const { status } = await member.send(method, path, body)
      assert.equal(
        status !== 403,
        permissions.includes(permission),
        `${role}: ${method} ${path}: ${status}`,
      )
    }
    if (member !== seat) await member.context.close()
  }
})

test('three wrong passwords lock for three hours, in words, also for the right one', async () => {
  const locked = await invited(browser, seat, 'solutions').catch(() => undefined)
  await locked?.context.close()
  const page = await (await profile(browser)).newPage()
  await page.goto(`${server.url}/console/sign-in`)
  for (const password of [
    'wrong password 1',
    'wrong password 2',
    'wrong password 3',
    OWNER.password,
  ]) {
    await page.getByLabel('E-mail').fill('solutions@example.com')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('alert').or(page.getByText('Signing in is locked')).first().waitFor()
    await page.waitForTimeout(150)
  }
  await page.getByText('Signing in is locked').waitFor()
  assert.match(await page.innerText('body'), /3 hours|2 hours/)
  await picture(page, 'locked')
})

test('two-factor that the policy asks for blocks until it is set up', async () => {
  await seat.ok('PUT', '/console/api/policy', { enforce_two_factor: true })
  await seat.open('/accounts')
  await seat.page.getByRole('heading', { name: 'Set up two-factor' }).waitFor()
  assert.equal((await seat.send('GET', '/console/api/member')).status, 403)
  await picture(seat.page, 'two-factor-due')
})
