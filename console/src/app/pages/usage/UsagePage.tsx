import { ChartColumn, Download } from 'lucide-react'
import { saveText } from '@/app/download'
import { useUrlState } from '@/app/links'
import { SearchField } from '@/app/SearchField'
import { useScope } from '@/app/scope'
import { Button, Empty, LoadFault, Page, SelectField, Skeleton } from '@/ui'
import { BusyAccounts } from './BusyAccounts'
import { DaysTable } from './DaysTable'
import { Totals } from './Totals'
import style from './Usage.module.css'
import { kinds, type Usage, usageCsv, useUsage } from './usage'

const lengths = ['7', '30', '90']
const usual = { days: '30', account: '' }

/** How much this environment is used, by day, by kind and by account. */
export function UsagePage() {
  const { environment, environmentName } = useScope()
  const [state, change] = useUrlState(usual)
  const days = lengths.includes(state.days) ? state.days : usual.days
  const usage = useUsage(Number(days), state.account)
  const save = (data: Usage) =>
    saveText(`usage-${environment}-${days}-days.csv`, usageCsv(data), 'text/csv;charset=utf-8')
  return (
    <Page
      title="Usage"
      description={`What was used in ${environmentName}. Days are counted in UTC, and the newest one is not over.`}
      actions={
        <Button disabled={!usage.data} onClick={() => usage.data && save(usage.data)}>
          <Download aria-hidden="true" /> Days as CSV
        </Button>
      }
    >
      <search className={style.filters} aria-label="Filters">
        <SelectField
          label="Days"
          hideLabel
          value={days}
          options={lengths.map(value => ({ value, label: `Last ${value} days` }))}
          onChange={value => void change({ days: value })}
        />
        <SearchField
          label="Linked account id"
          placeholder="Only this linked account id"
          value={state.account}
          onChange={account => void change({ account })}
        />
        {state.account && (
          <Button kind="ghost" onClick={() => void change({ account: '' })}>
            All accounts
          </Button>
        )}
      </search>
      {usage.error && <LoadFault error={usage.error} onRetry={() => void usage.refetch()} />}
      {usage.isPending && <Skeleton lines={6} />}
      {usage.data && (
        <Loaded
          usage={usage.data}
          account={state.account}
          onAccount={account => void change({ account })}
        />
      )}
    </Page>
  )
}

type LoadedProps = { usage: Usage; account: string; onAccount: (account: string) => void }

function Loaded({ usage, account, onAccount }: LoadedProps) {
  const unused = kinds.every(({ kind }) => usage.totals[kind] === 0)
  return (
    <>
      <Totals usage={usage} unused={unused} />
      {unused ? (
        <Unused account={account} />
      ) : (
        <>
          <DaysTable days={usage.days} />
          {!account && <BusyAccounts accounts={usage.accounts} onOnly={onAccount} />}
        </>
      )}
    </>
  )
}

function Unused({ account }: { account: string }) {
  const { environment } = useScope()
  const key = environment === 'live' ? '$TRUNNEL_LIVE_KEY' : '$TRUNNEL_TEST_KEY'
  if (account) {
    return (
      <Empty icon={<ChartColumn />} title="Nothing was used in these days">
        Nothing was counted for <code>{account}</code>. Look at more days, or check the id.
      </Empty>
    )
  }
  return (
    <Empty
      icon={<ChartColumn />}
      title="Nothing was used in these days"
      command={`curl ${location.origin}/api/v2/public/linked-account \\\n  -H "x-api-key: ${key}"`}
    >
      Calls of the API, actions in connected apps, webhook deliveries and received events are
      counted here as they happen. This call is the first one:
    </Empty>
  )
}
