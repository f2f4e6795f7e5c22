import { useQuery, useQueryClient } from '@tanstack/react-query'
import { consoleApi, type Schema, setCsrfToken, unwrap } from '@/api/client'

export type Session = Schema<'ConsoleSession'>
export type Member = Schema<'Member'>

const sessionKey = ['session'] as const

async function loadSession(): Promise<Session> {
  const session = await unwrap(consoleApi.GET('/console/api/session'))
  setCsrfToken(session.csrf_token)
  return session
}

export const sessionQuery = {
  queryKey: sessionKey,
  queryFn: loadSession,
  staleTime: 60_000,
}

/** Who is signed in, and what the shell needs to know. */
export const useSession = () => useQuery(sessionQuery)

/** Puts in place the session that a sign-in has answered, or asks for it again. */
export function useAdoptSession() {
  const client = useQueryClient()
  return async (session?: Session) => {
    if (!session) return client.invalidateQueries({ queryKey: sessionKey })
    setCsrfToken(session.csrf_token)
    // What another member has seen is not this one's.
    client.removeQueries({ predicate: query => query.queryKey[0] !== sessionKey[0] })
    client.setQueryData(sessionKey, session)
  }
}

/** The session of pages behind the sign-in, where it is always there. */
export function useSignedIn(): Session & { member: Member } {
  const { data } = useSession()
  if (!data?.member) throw new Error('this page is behind the sign-in')
  return { ...data, member: data.member }
}

/** Whether the member's role may do something; the server decides again. */
export function useMay(permission: string): boolean {
  return useSignedIn().permissions.includes(permission)
}
