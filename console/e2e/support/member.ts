import type { Browser, BrowserContext, Page } from 'playwright-core'
import { Api } from './api.ts'
import { profile } from './browser.ts'
import type { Server } from './server.ts'

export const OWNER = {
  name: 'Ada Owner',
  email: 'ada@example.com',
  password: 'a long enough password',
}

type Session = { csrf_token: string; apps: { id: string }[] }

/** A member's browser, signed in, and what it may ask the Console's API for. */
export class Seat {
  constructor(
    readonly server: Server,
    readonly context: BrowserContext,
    readonly page: Page,
    private session: Session,
  ) {}

  get appId(): string {
    const app = this.session.apps[0]
    if (!app) throw new Error('there is no app')
    return app.id
  }

  /** Opens a page of an environment. */
  open = (path: string, environment = 'test') =>
    this.page.goto(`${this.server.url}/console/${this.appId}/${environment}${path}`)

  /** Calls the Console's API with this browser's cookie. */
  async send(method: string, path: string, data?: unknown, type = 'application/json') {
    const response = await this.context.request.fetch(this.server.url + path, {
      method,
      headers: { 'x-csrf-token': this.session.csrf_token, 'content-type': type },
      data,
      timeout: 120_000,
    })
    const text = await response.text()
    const isJson = response.headers()['content-type']?.startsWith('application/json')
    return {
      status: response.status(),
      json: isJson ? JSON.parse(text) : text,
    }
  }

  async ok(method: string, path: string, data?: unknown) {
    const { status, json } = await this.send(method, path, data)
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`)
    return json
  }

  /** An environment's key, as the owner may see it. */
  async key(environment: 'test' | 'live'): Promise<string> {
    const body = environment === 'live' ? { password: OWNER.password } : {}
    const answer = await this.ok(
      'POST',
      `/console/api/${this.appId}/${environment}/api-key/reveal`,
      body,
    )
    return answer.api_key
  }

  api = async (environment: 'test' | 'live') =>
    Api.withKey(this.server.url, await this.key(environment))
}

/** Uses the set-up link without the pages; the journey test goes through them. */
export async function owner(browser: Browser, server: Server): Promise<Seat> {
  const context = await profile(browser)
  const token = server.setupUrl.split('/').at(-1)
  const response = await context.request.post(`${server.url}/console/api/setup/${token}`, {
    data: OWNER,
  })
  if (!response.ok()) throw new Error(await response.text())
  return new Seat(server, context, await context.newPage(), await response.json())
}

/** Invites somebody, who accepts, and gives their seat. */
export async function invited(browser: Browser, by: Seat, role: string): Promise<Seat> {
  const email = `${role}@example.com`
  const { url } = await by.ok('POST', '/console/api/invitation', { email, role })
  const context = await profile(browser)
  const token = String(url).split('/').at(-1)
  const data = { name: `${role} member`, password: OWNER.password }
  const response = await context.request.post(
    `${by.server.url}/console/api/invitation-link/${token}`,
    { data },
  )
  if (!response.ok()) throw new Error(await response.text())
  return new Seat(by.server, context, await context.newPage(), await response.json())
}
