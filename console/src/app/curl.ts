import type { Environment } from '@/api/client'

/** The variable that holds the key in commands that are shown; the key itself is in none of them. */
export const keyVariable = (environment: Environment) =>
  environment === 'live' ? 'TRUNNEL_LIVE_KEY' : 'TRUNNEL_TEST_KEY'

/** A text as one word of a shell. */
export const shellWord = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

type Call = {
  environment: Environment
  method?: string
  path: string
  account?: string
  body?: unknown
}

/** A call to the public API as a command that works when it is pasted. */
export function curl({ environment, method = 'GET', path, account, body }: Call): string {
  const verb = method === 'GET' ? '' : `-X ${method} `
  const lines = [
    `curl ${verb}${shellWord(location.origin + path)}`,
    `-H "x-api-key: $${keyVariable(environment)}"`,
  ]
  if (account) lines.push(`-H ${shellWord(`linked_account_id: ${account}`)}`)
  if (body !== undefined) {
    lines.push(`-H 'content-type: application/json'`, `-d ${shellWord(JSON.stringify(body))}`)
  }
  return lines.join(' \\\n  ')
}
