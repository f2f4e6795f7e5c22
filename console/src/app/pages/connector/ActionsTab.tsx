import { useQuery } from '@tanstack/react-query'
import { Zap } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import type { Schema } from '@/api/client'
import { AccountField, accountsQuery } from '@/app/AccountField'
import { curl } from '@/app/curl'
import { useUrlState } from '@/app/links'
import { useScope } from '@/app/scope'
import { Card, Dialog, Empty, LoadFault, Marked, Skeleton, TextField } from '@/ui'
import { ActionTrial } from '../try-api/ActionTrial'
import { actionsQuery } from '../try-api/actions'
import style from './Connector.module.css'
import type { CatalogueDetail } from './detail'

type Action = Schema<'Action'>

/** What can be done at the connector; each action can be tried for an account. */
export function ActionsTab({ detail }: { detail: CatalogueDetail }) {
  const scope = useScope()
  const slug = detail.entry.slug
  const [{ account, action }, setState] = useUrlState({ account: '', action: '' })
  // Actions are listed for an account; whose does not matter for the list.
  const accounts = useQuery(accountsQuery(scope, ''))
  const first = accounts.data?.accounts[0]?.account_id ?? ''
  const chosen = account || first
  const actions = useQuery({ ...actionsQuery(scope, slug, chosen), enabled: chosen !== '' })

  if (accounts.data?.total === 0) return <NoAccount name={detail.entry.name} />
  if (accounts.isError) {
    return <LoadFault error={accounts.error} onRetry={() => accounts.refetch()} />
  }
  if (actions.isError) return <LoadFault error={actions.error} onRetry={() => actions.refetch()} />
  if (!actions.data) {
    return (
      <Card flush>
        <Skeleton lines={6} />
      </Card>
    )
  }
  const open = actions.data.find(one => one.action_id === action)
  return (
    <>
      <ActionList actions={actions.data} onOpen={next => setState({ action: next })} />
      <Dialog
        open={open !== undefined}
        onClose={() => setState({ action: '' })}
        title={open?.name}
        description={open && <Marked text={open.description} />}
        side
      >
        <AccountField value={chosen} onChange={next => setState({ account: next })} />
        {open && <ActionTrial slug={slug} actionId={open.action_id} accountId={chosen} />}
      </Dialog>
    </>
  )
}

type ActionListProps = { actions: Action[]; onOpen: (actionId: string) => void }

function ActionList({ actions, onOpen }: ActionListProps) {
  const [search, setSearch] = useState('')
  const words = useDeferredValue(search).toLowerCase().split(/\s+/).filter(Boolean)
  const found = actions.filter(action => {
    const text = `${action.name} ${action.action_id} ${action.description}`.toLowerCase()
    return words.every(word => text.includes(word))
  })
  return (
    <Card flush>
      <div className={style.actionSearch}>
        <TextField
          type="search"
          label="Search actions"
          hideLabel
          placeholder={`Search ${actions.length} actions`}
          value={search}
          onChange={setSearch}
        />
      </div>
      {found.length === 0 && (
        <Empty icon={<Zap aria-hidden="true" />} title="No action matches">
          The HTTP request action can call whatever the provider's API has.
        </Empty>
      )}
      <ul className={style.actionList}>
        {found.map(action => (
          <li key={action.action_id}>
            <button type="button" onClick={() => onOpen(action.action_id)}>
              <span className={style.actionName}>
                {action.name} <code>{action.action_id}</code>
              </span>
              <span className={style.quiet}>
                <Marked text={action.description} />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function NoAccount({ name }: { name: string }) {
  const { environment, environmentName } = useScope()
  return (
    <Card flush>
      <Empty
        icon={<Zap aria-hidden="true" />}
        title={`No linked account in ${environmentName} yet`}
        command={curl({
          environment,
          method: 'POST',
          path: '/api/v2/public/linked-account',
          body: { linked_account_id: 'customer-1', name: 'First customer' },
        })}
      >
        Actions run for a linked account, which is one customer of yours. Make one, and the actions
        of {name} are listed here.
      </Empty>
    </Card>
  )
}
