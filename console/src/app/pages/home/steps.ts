import { useQueries } from '@tanstack/react-query'
import { consoleApi, unwrap } from '@/api/client'
import { accountsQuery } from '@/app/AccountField'
import { curl, keyVariable } from '@/app/curl'
import { type Scope, useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import { catalogueQuery } from '@/app/shell/Palette'
import { keysQuery } from '../credentials/keys'

export type Step = {
  name: string
  done: boolean
  detail: string
  to: string
  label: string
  command?: string
}

/** Usage of as many days as the server keeps, for what was ever done. */
export const usageQuery = (scope: Scope, days: number) => ({
  queryKey: [...scope.key, 'usage', 'home', days],
  queryFn: () =>
    unwrap(
      consoleApi.GET('/console/api/{app_id}/{environment}/usage', {
        params: { path: scope.path, query: { days } },
      }),
    ),
})

const connectionQuery = (scope: Scope) => ({
  queryKey: [...scope.key, 'connection', 'newest'],
  queryFn: () =>
    unwrap(scope.api.GET('/api/v2/public/connection', { params: { query: { limit: 1 } } })),
})

/** The way to a first working call, each step read from the server's state. */
export function useSteps() {
  const scope = useScope()
  const mayReadKeys = useMay('keys.read')
  const [keys, catalogue, accounts, connections, usage] = useQueries({
    queries: [
      { ...keysQuery(scope.path), enabled: mayReadKeys },
      catalogueQuery(scope),
      accountsQuery(scope, ''),
      connectionQuery(scope),
      usageQuery(scope, 90),
    ],
  })
  const all = [...(mayReadKeys ? [keys] : []), catalogue, accounts, connections, usage]
  const failed = all.find(query => query.isError)
  const loaded = all.every(query => query.isSuccess)
  if (!loaded || !catalogue.data || !accounts.data || !connections.data || !usage.data) {
    return {
      error: failed?.error,
      retry: () => void Promise.all(all.filter(query => query.isError).map(q => q.refetch())),
    }
  }
  const account = accounts.data.accounts[0]?.account_id
  const connected = connections.data.docs[0]
  const steps = [
    ...(keys.data
      ? [
          keyStep(
            scope,
            keys.data.api_keys.some(key => key.last_used),
          ),
        ]
      : []),
    connectorStep(scope, catalogue.data.connectors),
    accountStep(scope, accounts.data.total),
    connectionStep(scope, connected?.slug, account),
    actionStep(scope, usage.data.totals.actions, connected),
  ]
  return { steps }
}

const keyStep = (scope: Scope, used: boolean): Step => ({
  name: `Use your ${scope.environmentName} key`,
  done: used,
  detail: used
    ? 'A call with this key has come.'
    : `Copy it from Credentials into ${keyVariable(scope.environment)}, then make a call.`,
  to: '/settings/credentials',
  label: 'Open credentials',
  command: curl({ environment: scope.environment, path: '/api/v2/public/linked-account' }),
})

function connectorStep(
  scope: Scope,
  entries: { name: string; slug: string; state: string }[],
): Step {
  const enabled = entries.filter(entry => entry.state === 'enabled')
  const incomplete = entries.find(entry => entry.state === 'incomplete')
  const step = { name: 'Enable a connector', to: '/connectors', label: 'Open connectors' }
  if (enabled.length > 0) {
    const others = enabled.length > 1 ? ` and ${enabled.length - 1} more` : ''
    return { ...step, done: true, detail: `${enabled[0]?.name}${others} can be connected.` }
  }
  if (incomplete) {
    return {
      ...step,
      done: false,
      detail: `${incomplete.name} is enabled, but customers cannot connect it yet.`,
      to: `/connectors/${incomplete.slug}`,
      label: `Finish ${incomplete.name}`,
    }
  }
  const playground = entries.find(entry => entry.slug === 'playground_app')
  return {
    ...step,
    done: false,
    detail:
      playground && scope.environment === 'test'
        ? 'The Playground is built in and needs no account anywhere: a good first one.'
        : 'Choose one that your customers use.',
    to: playground && scope.environment === 'test' ? '/connectors/playground_app' : '/connectors',
    label: playground && scope.environment === 'test' ? 'Open the Playground' : 'Open connectors',
  }
}

const accountStep = (scope: Scope, total: number): Step => ({
  name: 'Make a linked account',
  done: total > 0,
  detail:
    total > 0
      ? total === 1
        ? 'There is 1 linked account.'
        : `There are ${total} linked accounts.`
      : 'One for each of your customers, under your own id.',
  to: '/accounts',
  label: 'Open linked accounts',
  command: curl({
    environment: scope.environment,
    method: 'POST',
    path: '/api/v2/public/linked-account',
    body: { linked_account_id: 'customer-1', name: 'First customer' },
  }),
})

const connectionStep = (scope: Scope, slug?: string, account?: string): Step => ({
  name: 'Connect it',
  done: slug !== undefined,
  detail: slug
    ? `The newest connection is to ${slug}.`
    : 'Make a link to the Connect portal, open it, and connect as your customer would.',
  to: account ? `/accounts/${encodeURIComponent(account)}` : '/accounts',
  label: account ? 'Open the account' : 'Open linked accounts',
  command: curl({
    environment: scope.environment,
    method: 'POST',
    path: `/api/v2/public/connect-url?linked_account_id=${encodeURIComponent(account ?? 'customer-1')}`,
    body: {},
  }),
})

function actionStep(
  scope: Scope,
  actions: number,
  connected?: { slug: string; linked_account_id: string },
): Step {
  const account = connected?.linked_account_id
  const query = account ? `?account=${encodeURIComponent(account)}` : ''
  return {
    name: 'Run an action',
    done: actions > 0,
    detail:
      actions > 0
        ? `${actions.toLocaleString()} in the last 90 days.`
        : "Call the provider with the customer's own credential.",
    to: `/developer/try-api${query}`,
    label: 'Open Try API',
    command:
      connected &&
      curl({
        environment: scope.environment,
        path: `/api/v2/integration-schema/${connected.slug}/actions`,
        account,
      }),
  }
}
