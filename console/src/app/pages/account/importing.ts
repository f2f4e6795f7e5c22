import { useRef, useState } from 'react'
import { send } from '@/api/client'
import { faultText } from '@/api/fault'
import { useScope } from '@/app/scope'
import { useRefreshAccounts } from './accounts'

type Counts = { rows: number; created: number; updated: number; failed: number }
export type BadRow = { row: number; linked_account_id: string | null; message: string }

/** How an import stands; the counts are the server's. */
export type Import = Counts & {
  state: 'idle' | 'running' | 'done' | 'cancelled' | 'broken'
  problem?: string
  bad: BadRow[]
}

const idle: Import = { state: 'idle', rows: 0, created: 0, updated: 0, failed: 0, bad: [] }

const SHOW_MS = 100

type Line = Partial<Counts> & Partial<BadRow> & { done?: boolean }

/** Each line of an answer that comes bit by bit. */
async function* linesOf(response: Response): AsyncGenerator<Line> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  while (reader) {
    const { value, done } = await reader.read()
    const lines = (rest + (value ?? '')).split('\n')
    rest = done ? '' : (lines.pop() ?? '')
    for (const line of lines) if (line.trim()) yield JSON.parse(line)
    if (done) return
  }
}

/** Sends a file of accounts and follows what comes of its rows. */
export function useImport() {
  const { path } = useScope()
  const refresh = useRefreshAccounts()
  const [state, setState] = useState<Import>(idle)
  const stop = useRef<AbortController>(null)

  const start = async (file: File) => {
    const abort = new AbortController()
    stop.current = abort
    const bad: BadRow[] = []
    let now: Import = { ...idle, state: 'running', bad }
    setState(now)
    const change = (next: Partial<Import>) => {
      now = { ...now, ...next }
      if (now.state !== 'running' || performance.now() - shownAt > SHOW_MS) show()
    }
    // A fast server sends more lines than anybody could see.
    let shownAt = performance.now()
    const show = () => {
      shownAt = performance.now()
      setState({ ...now, bad: [...bad] })
    }
    try {
      const response = await send(
        `/console/api/${path.app_id}/${path.environment}/account-import`,
        {
          method: 'POST',
          body: file,
          headers: { 'content-type': 'text/csv' },
          signal: abort.signal,
        },
      )
      for await (const { done, row, linked_account_id, message, ...counts } of linesOf(response)) {
        if (row !== undefined && message !== undefined) {
          bad.push({ row, message, linked_account_id: linked_account_id ?? null })
        } else change(done ? { ...counts, state: 'done' } : counts)
      }
      if (now.state !== 'done') {
        change({ state: 'broken', problem: 'The connection ended before the last row.' })
      }
    } catch (error) {
      if (abort.signal.aborted) change({ state: 'cancelled' })
      else change({ state: 'broken', problem: faultText(error) })
    }
    if (now.rows > 0 || now.state === 'cancelled') void refresh()
  }
  return {
    ...state,
    start,
    cancel: () => stop.current?.abort(),
    reset: () => setState(idle),
  }
}
