import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Received = { headers: Record<string, string | string[] | undefined>; body: string }

/** Receives webhooks, keeps them raw, and answers what it is told to. */
export class Sink {
  readonly received: Received[] = []
  status = 200

  private constructor(
    private readonly http: HttpServer,
    readonly url: string,
  ) {}

  static async start(): Promise<Sink> {
    const http = createServer((request, response) => {
      let body = ''
      request.on('data', chunk => {
        body += chunk
      })
      request.on('end', () => {
        sink.received.push({ headers: request.headers, body })
        response.writeHead(sink.status, { 'content-type': 'text/plain' }).end('noted')
      })
    })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const sink = new Sink(http, `http://127.0.0.1:${(http.address() as AddressInfo).port}/hook`)
    return sink
  }

  async stop() {
    this.http.closeAllConnections()
    this.http.close()
  }
}
