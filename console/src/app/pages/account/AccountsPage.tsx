import { Plus, Upload, UsersRound } from 'lucide-react'
import { useRef, useState } from 'react'
import { A, useUrlState } from '@/app/links'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import { useTyped } from '@/app/useTyped'
import { Button, Empty, LoadFault, Page, Skeleton, TextField } from '@/ui'
import { AccountList, type ListHandle } from './AccountList'
import style from './AccountsPage.module.css'
import { useAccounts } from './accounts'
import { CreateAccount } from './CreateAccount'
import { ImportAccounts } from './ImportAccounts'

/** The developer's customers. */
export function AccountsPage() {
  const scope = useScope()
  const mayRead = useMay('accounts.read')
  const mayWrite = useMay('accounts.write')
  const [open, setOpen] = useState<'create' | 'import'>()
  const create = (
    <Button kind="primary" onClick={() => setOpen('create')}>
      <Plus aria-hidden="true" /> Create account
    </Button>
  )
  return (
    <Page
      title="Linked accounts"
      description={`Your customers in ${scope.environmentName}, each under the id that you give it.`}
      actions={
        mayWrite && (
          <>
            <Button onClick={() => setOpen('import')}>
              <Upload aria-hidden="true" /> Import CSV
            </Button>
            {create}
          </>
        )
      }
    >
      {mayRead ? (
        <Accounts create={mayWrite ? create : null} />
      ) : (
        <Empty icon={<UsersRound />} title="Your role may not see accounts">
          An owner or admin can give you another role. See <A to="/settings/roles">Roles</A>.
        </Empty>
      )}
      {open === 'create' && <CreateAccount onClose={() => setOpen(undefined)} />}
      {open === 'import' && <ImportAccounts onClose={() => setOpen(undefined)} />}
    </Page>
  )
}

function Accounts({ create }: { create: React.ReactNode }) {
  const { environment } = useScope()
  const [filter, setFilter] = useUrlState({ search: '', scope: '' })
  const [search, setSearch] = useTyped(filter.search, text => setFilter({ search: text }))
  const [group, setGroup] = useTyped(filter.scope, text => setFilter({ scope: text }))
  const query = useAccounts(filter)
  const list = useRef<ListHandle>(null)
  const { accounts, total } = query
  const clear = () => {
    setSearch('')
    setGroup('')
  }
  const toList = (event: React.KeyboardEvent) => {
    if (event.key !== 'ArrowDown') return
    event.preventDefault()
    list.current?.focus()
  }
  if (query.isPending) return <Skeleton lines={6} />
  if (!accounts) return <LoadFault error={query.error} onRetry={() => void query.refetch()} />
  if (total === 0) return <NoAccounts environment={environment} create={create} />
  return (
    <>
      <search className={style.tools}>
        <TextField
          label="Search accounts"
          hideLabel
          type="search"
          placeholder="Part of a name, or how an id begins"
          value={search}
          onChange={setSearch}
          onKeyDown={toList}
        />
        <TextField
          label="Scope"
          hideLabel
          placeholder="Scope"
          value={group}
          onChange={setGroup}
          onKeyDown={toList}
        />
        <output className={style.count}>
          {total?.toLocaleString()} {total === 1 ? 'account' : 'accounts'} in all
        </output>
      </search>
      {query.isError && <LoadFault error={query.error} onRetry={() => void query.refetch()} />}
      {accounts.length === 0 ? (
        <Empty
          icon={<UsersRound />}
          title="No account matches"
          action={<Button onClick={clear}>Show all accounts</Button>}
        >
          A search finds a part of the name or the beginning of the id. A scope is matched exactly.
        </Empty>
      ) : (
        <AccountList
          ref={list}
          key={JSON.stringify(filter)}
          accounts={accounts}
          stale={query.isPlaceholderData}
          more={query.hasNextPage && !query.isPlaceholderData}
          loading={query.isFetchingNextPage}
          fault={query.isFetchNextPageError ? query.error : undefined}
          onMore={() => void query.fetchNextPage({ cancelRefetch: false })}
        />
      )}
    </>
  )
}

function NoAccounts({ environment, create }: { environment: string; create: React.ReactNode }) {
  const key = environment === 'live' ? '$TRUNNEL_LIVE_KEY' : '$TRUNNEL_TEST_KEY'
  return (
    <Empty
      icon={<UsersRound />}
      title="No accounts yet"
      action={create}
      command={`curl -X POST ${location.origin}/api/v2/public/linked-account \\
  -H "x-api-key: ${key}" -H "content-type: application/json" \\
  -d '{"linked_account_id": "customer-42", "name": "Ada’s Bakery"}'`}
    >
      An account is one of your customers. Your backend creates it with your own id for the
      customer, before the customer connects anything.
    </Empty>
  )
}
