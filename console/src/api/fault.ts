/** What the server says when it refuses or fails; see `Error` of the API's document. */
export class Fault extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
    readonly requestId?: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message)
    this.name = 'Fault'
  }
}

type Envelope = {
  error_code?: string
  message?: string
  field?: string
  request_id?: string
  retry_after_s?: number
}

/** The fault that an answer's body describes. */
export function faultOf(status: number, body: unknown): Fault {
  const envelope: Envelope = typeof body === 'object' && body !== null ? body : {}
  const message = envelope.message ?? `The server answered ${status} without saying why.`
  return new Fault(
    status,
    envelope.error_code ?? 'UNKNOWN',
    message,
    envelope.field,
    envelope.request_id,
    envelope.retry_after_s,
  )
}

/** A sentence for any failure, the network's among them. */
export function faultText(error: unknown): string {
  if (error instanceof Fault) return error.message
  if (error instanceof TypeError) {
    return 'The server cannot be reached. Check the connection; nothing was lost.'
  }
  return error instanceof Error ? error.message : String(error)
}

export const requestIdOf = (error: unknown) =>
  error instanceof Fault ? error.requestId : undefined
