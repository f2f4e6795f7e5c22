import { A } from '@/app/links'
import { useMay } from '@/app/session'
import { Button, Card, type Column, CopyButton, Table } from '@/ui'
import { count } from './numbers'
import style from './Usage.module.css'
import { kinds, type Usage } from './usage'

type Account = Usage['accounts'][number]

const numbers: Column<Account>[] = kinds.map(({ kind, name }) => ({
  name,
  end: true,
  cell: ({ counts }) => <span className={style.number}>{count(counts[kind])}</span>,
}))

type BusyAccountsProps = { accounts: Account[]; onOnly: (account: string) => void }

/** Which customers make the numbers. */
export function BusyAccounts({ accounts, onOnly }: BusyAccountsProps) {
  const may = useMay('accounts.read')
  if (accounts.length === 0) return null
  const columns: Column<Account>[] = [
    {
      name: 'Linked account',
      cell: ({ linked_account_id: id }) => (
        <span className={style.account}>
          {may ? <A to={`/accounts/${encodeURIComponent(id)}`}>{id}</A> : <code>{id}</code>}
          <CopyButton text={id} label={`Copy ${id}`} />
        </span>
      ),
    },
    ...numbers,
    {
      name: 'Filter',
      hideName: true,
      end: true,
      cell: ({ linked_account_id: id }) => (
        <Button small kind="ghost" aria-label={`Only this: ${id}`} onClick={() => onOnly(id)}>
          Only this
        </Button>
      ),
    },
  ]
  return (
    <Card
      title="Busiest linked accounts"
      description={
        accounts.length >= 100
          ? 'The hundred busiest of these days.'
          : 'Every account that was used.'
      }
      flush
    >
      <Table
        label="Usage by linked account"
        columns={columns}
        rows={accounts}
        rowKey={({ linked_account_id }) => linked_account_id}
      />
    </Card>
  )
}
