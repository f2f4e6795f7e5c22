import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launch, picture, profile } from './support/browser.ts'
import { Mailbox } from './support/mail.ts'
import { OWNER, owner, type Seat } from './support/member.ts'
import { Server } from './support/server.ts'

let server: Server
let browser: Browser
let mailbox: Mailbox
let seat: Seat

before(async () => {
  mailbox = await Mailbox.start()
  const from = 'Trunnel <trunnel@example.com>'
  server = await Server.start(['--smtp-url', mailbox.url, '--smtp-from', from])
  browser = await launch()
  seat = await owner(browser, server)
})
after(async () => {
  await browser.close()
  await server.stop()
  await mailbox.stop()
})

test('an invitation is mailed, and its link makes a member', async () => {
  const { page } = seat
  await seat.open('/settings/members')
  await page.getByRole('button', { name: 'Invite' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('E-mail').fill('grace@example.com')
  await dialog.getByRole('button', { name: /^(Invite|Send)/ }).click()
  const mail = (await mailbox.newest('grace@example.com'))
    .replaceAll('=\r\n', '')
    .replaceAll('=\n', '')
  const link = /http:\/\/127\.0\.0\.1:\d+\/console\/invitation\/[0-9A-Za-z_-]+/.exec(mail)?.[0]
  assert.ok(link, mail)
  const guest = await (await profile(browser)).newPage()
  await guest.goto(link)
  await guest.getByLabel('Your name').fill('Grace')
  await guest.getByLabel('Password', { exact: true }).fill('a password of her own')
  await picture(guest, 'invitation')
  await guest.getByRole('button', { name: /Join|Accept/ }).click()
  await guest.getByRole('heading', { name: /in Test$/ }).waitFor()
})

test('a forgotten password is set anew with the mailed code', async () => {
  const page = await (await profile(browser)).newPage()
  await page.goto(`${server.url}/console/sign-in`)
  await page.getByRole('link', { name: /Forgot/ }).click()
  await page.getByLabel('E-mail').fill(OWNER.email)
  await page.locator('button[type="submit"]').click()
  await page.getByLabel('Code').waitFor()
  await picture(page, 'forgot-password')
  const code = /\b\d{6}\b/.exec(await mailbox.newest(OWNER.email))?.[0] ?? ''
  await page.getByLabel('Code').fill(code)
  await page.getByLabel('New password', { exact: true }).fill('another long password')
  await page.locator('button[type="submit"]').click()
  await page.getByRole('heading', { name: /in Test$/ }).waitFor()
  // The browser that was signed in before is signed out.
  assert.equal((await seat.send('GET', '/console/api/member')).status, 401)
})
