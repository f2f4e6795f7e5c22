import { createContext, use } from 'react'
import type { Schema } from '@/api/client'
import { ask, type PortalInfo } from './session'

export type App = Schema<'Application'>
export type AuthOption = Schema<'ApplicationAuthOption'>
export type Connected = Schema<'ConnectedAccount'>
export type InputField = Schema<'InputField'>

type Customer = {
  portal: PortalInfo
  token: string
  /** Whose product this is, as the customer knows it. */
  organization: string
}

export const CustomerContext = createContext<Customer | null>(null)

export function useCustomer(): Customer {
  const customer = use(CustomerContext)
  if (!customer) throw new Error('outside of the portal')
  return customer
}

const INTEGRATION = '/api/v2/public/linked-account/integration'
const query = (values: Record<string, string | undefined>) => {
  const given = Object.entries(values).filter((entry): entry is [string, string] =>
    Boolean(entry[1]),
  )
  return given.length ? `?${new URLSearchParams(given)}` : ''
}

type Target = { option: string; connection?: string; another?: boolean }

const targetQuery = ({ option, connection, another }: Target) => ({
  auth_type: option,
  connection_id: connection,
  new_connection: another ? 'true' : undefined,
})

/** What the portal asks of the public API, for this customer. */
export const calls = {
  apps: (token: string) => ask<App[]>('/api/v2/public/application', token),
  app: (token: string, slug: string) => ask<App>(`/api/v2/public/application/${slug}`, token),
  begin: (token: string, slug: string, target: Target, fields: Record<string, string>) =>
    ask<Schema<'BegunConnection'>>(
      `${INTEGRATION}/oauth-url/${slug}${query({ ...fields, ...targetQuery(target) })}`,
      token,
    ),
  saveKeys: (token: string, slug: string, target: Target, fields: Record<string, unknown>) =>
    ask<{ success: boolean }>(
      `${INTEGRATION}/save-key-credentials/${slug}${query(targetQuery(target))}`,
      token,
      {
        method: 'PUT',
        body: JSON.stringify(fields),
      },
    ),
  pollDevice: (token: string, slug: string, attempt: string) =>
    ask<Schema<'DeviceProgress'>>(`${INTEGRATION}/device/${slug}`, token, {
      method: 'POST',
      body: JSON.stringify({ device_attempt: attempt }),
    }),
  disconnect: (token: string, slug: string, connection: string) =>
    ask<unknown>(`${INTEGRATION}/${slug}${query({ connection_id: connection })}`, token, {
      method: 'DELETE',
    }),
  history: (token: string, slug: string, cursor?: string) =>
    ask<Schema<'ConnectionEventPage'>>(
      `${INTEGRATION}/${slug}/log${query({ cursor, limit: '20' })}`,
      token,
    ),
}
