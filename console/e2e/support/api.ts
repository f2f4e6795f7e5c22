/** Someone who speaks to the public API with a key or a token. */
export class Api {
  constructor(
    private readonly base: string,
    private readonly headers: Record<string, string>,
  ) {}

  static withKey = (base: string, key: string) => new Api(base, { 'x-api-key': key })
  static withToken = (base: string, token: string) =>
    new Api(base, { authorization: `Bearer ${token}` })

  on = (account: string) => new Api(this.base, { ...this.headers, linked_account_id: account })

  async send(method: string, path: string, body?: unknown) {
    const response = await fetch(this.base + path, {
      method,
      headers: { ...this.headers, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, json: text ? JSON.parse(text) : undefined }
  }

  /** The answer, given that it went well. */
  async ok(method: string, path: string, body?: unknown) {
    const { status, json } = await this.send(method, path, body)
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`)
    return json
  }
}
