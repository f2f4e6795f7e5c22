import { createContext, type ReactNode, use, useMemo } from 'react'
import { type Environment, publicApi } from '@/api/client'

export type Scope = {
  appId: string
  environment: Environment
  /** "Test" or "Live", for people. */
  environmentName: string
  /** The public API in this scope. */
  api: ReturnType<typeof publicApi>
  /** Path parameters of the Console's own routes. */
  path: { app_id: string; environment: Environment }
  /** The start of every query key in this scope: what one environment has loaded is not the other's. */
  key: readonly [string, Environment]
  /** The start of this scope's page addresses. */
  base: string
}

const ScopeContext = createContext<Scope | null>(null)

export function ScopeProvider({
  appId,
  environment,
  children,
}: {
  appId: string
  environment: Environment
  children: ReactNode
}) {
  const scope = useMemo<Scope>(
    () => ({
      appId,
      environment,
      environmentName: environment === 'live' ? 'Live' : 'Test',
      api: publicApi(appId, environment),
      path: { app_id: appId, environment },
      key: [appId, environment],
      base: `/console/${appId}/${environment}`,
    }),
    [appId, environment],
  )
  return <ScopeContext value={scope}>{children}</ScopeContext>
}

/** The app and environment that the address names. */
export function useScope(): Scope {
  const scope = use(ScopeContext)
  if (!scope) throw new Error('this page is not inside an environment')
  return scope
}
