import type { Page } from 'playwright-core'

/** Goes through the Playground's own pages as its user does: signs in and allows the access. */
export async function consent(page: Page, email: string, answer: 'allow' | 'deny' = 'allow') {
  await page.waitForURL(/\/playground\/oauth\/authorize/)
  await page.locator('input[name="email"]').fill(email)
  await page.locator('input[name="password"]').fill('playground')
  await page.locator('button[type="submit"]').first().click()
  await page.locator(`button[value="${answer}"]`).click()
}

/** The action that lists, of those that the Playground has: it needs no input and asks the provider. */
export function listing(actions: { action_id: string }[]): string {
  const found = actions.find(action => action.action_id.startsWith('list'))
  if (!found) throw new Error('the Playground lists nothing')
  return found.action_id
}
