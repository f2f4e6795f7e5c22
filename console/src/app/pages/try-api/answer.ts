import { faultOf, faultText } from '@/api/fault'

/** What came of a call, with what helps to find it again. */
export type Answer = {
  ok: boolean
  /** Absent where no answer came at all. */
  status?: number
  milliseconds: number
  requestId?: string
  message?: string
  /** The input that is wrong. */
  field?: string
  body: unknown
}

type Outcome = { data?: unknown; error?: unknown; response: Response }

/** Makes a call and keeps everything about its answer, a refusal's too. */
export async function observe(call: () => Promise<Outcome>): Promise<Answer> {
  const start = performance.now()
  const took = () => Math.round(performance.now() - start)
  try {
    const { data, error, response } = await call()
    const milliseconds = took()
    const requestId = response.headers.get('x-trace-id') ?? undefined
    if (response.ok)
      return { ok: true, status: response.status, milliseconds, requestId, body: data }
    const fault = faultOf(response.status, error)
    return {
      ok: false,
      status: response.status,
      milliseconds,
      requestId: requestId ?? fault.requestId,
      message: fault.message,
      field: fault.field,
      body: error,
    }
  } catch (error) {
    return { ok: false, milliseconds: took(), message: faultText(error), body: undefined }
  }
}
