import { useQuery } from '@tanstack/react-query'
import { FlaskConical } from 'lucide-react'
import { type Schema, unwrap } from '@/api/client'
import { AccountField, accountsQuery } from '@/app/AccountField'
import { curl } from '@/app/curl'
import { A, useUrlState } from '@/app/links'
import { type Scope, useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import { Card, Combobox, Empty, LoadFault, Notice, Page, SelectField } from '@/ui'
import { ActionTrial } from './ActionTrial'
import { actionsQuery } from './actions'
import style from './TryApi.module.css'

/** Calls an action as the developer's server would, and shows everything about the answer. */
export function TryApiPage() {
  const may = useMay('actions.run')
  return (
    <Page
      title="Try API"
      description="Run a connector's action for one of your linked accounts. Calls are real: they reach the provider with that account's own credential."
    >
      {may ? <Workbench /> : <Notice>Your role may not run actions. Ask an owner or admin.</Notice>}
    </Page>
  )
}

function Workbench() {
  const scope = useScope()
  const [state, setState] = useUrlState({ account: '', slug: '', action: '' })
  const accounts = useQuery(accountsQuery(scope, ''))
  const apps = useQuery({
    ...applicationsQuery(scope, state.account),
    enabled: state.account !== '',
  })
  const connected = apps.data ?? []
  const slug = state.slug || (connected.length === 1 ? (connected[0]?.slug ?? '') : '')
  const ready = state.account !== '' && slug !== ''
  const actions = useQuery({ ...actionsQuery(scope, slug, state.account), enabled: ready })

  if (accounts.data?.total === 0) return <NoAccounts />
  return (
    <>
      <Card>
        <div className={style.choices}>
          <AccountField
            value={state.account}
            onChange={account => setState({ account, slug: '', action: '' })}
          />
          <SelectField
            label="Connector"
            value={slug}
            disabled={!state.account || connected.length === 0}
            onChange={next => setState({ slug: next, action: '' })}
            options={[
              {
                value: '',
                label: state.account ? 'Choose a connector' : 'Choose an account first',
              },
              ...connected.map(app => ({ value: app.slug, label: app.name })),
            ]}
          />
          <Combobox
            label="Action"
            placeholder={slug ? 'Name or id' : 'Choose a connector first'}
            none="No action has this name or id."
            disabled={!ready}
            value={state.action}
            onChange={action => setState({ slug, action })}
            items={(actions.data ?? []).map(action => ({
              value: action.action_id,
              label: action.name,
              more: action.action_id,
            }))}
          />
        </div>
        {apps.isError && <LoadFault error={apps.error} onRetry={() => apps.refetch()} />}
        {actions.isError && <LoadFault error={actions.error} onRetry={() => actions.refetch()} />}
        {apps.isSuccess && connected.length === 0 && <NotConnected account={state.account} />}
      </Card>
      {ready && state.action && (
        <Card
          title={actions.data?.find(one => one.action_id === state.action)?.name ?? state.action}
        >
          <ActionTrial slug={slug} actionId={state.action} accountId={state.account} columns />
        </Card>
      )}
    </>
  )
}

type Application = Schema<'Application'>

/** The applications that the account is connected to. */
const applicationsQuery = (scope: Scope, account: string) => ({
  queryKey: [...scope.key, 'application', account],
  queryFn: async (): Promise<Application[]> => {
    const answer = await unwrap(
      scope.api.GET('/api/v2/public/application', {
        params: { header: { linked_account_id: account } },
      }),
    )
    const all = Array.isArray(answer) ? answer : [answer]
    return all.filter(app => app.connected)
  },
})

const NotConnected = ({ account }: { account: string }) => (
  <Notice title="This account is connected to nothing yet.">
    Open <A to={`/accounts/${encodeURIComponent(account)}`}>the account</A> and send its connect
    link to the customer, or use it yourself.
  </Notice>
)

function NoAccounts() {
  const { environment, environmentName } = useScope()
  return (
    <Card flush>
      <Empty
        icon={<FlaskConical aria-hidden="true" />}
        title={`No linked accounts in ${environmentName}`}
        command={curl({
          environment,
          method: 'POST',
          path: '/api/v2/public/linked-account',
          body: { linked_account_id: 'customer-1', name: 'First customer' },
        })}
      >
        Actions run for a linked account, which is one customer of yours. Make one, connect it, and
        its actions can be tried here.
      </Empty>
    </Card>
  )
}
